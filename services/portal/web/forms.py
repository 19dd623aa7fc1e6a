"""Forms: what was typed, what is wrong with it, and that it comes from a page of ours."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

FIELD = "csrf"
_MOST_FIELDS = 200
_LARGEST = 100_000
_KIND, _KIND_WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass
class Form:
    """What was typed, kept for showing it again, and what is wrong, field by field."""

    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    wrong: dict[str, str] = field(default_factory=dict[str, str])
    file: UploadFile | None = None
    """What was chosen, where the form takes a file."""

    def text(self, name: str) -> str:
        return self.values.get(name, [""])[0].strip()

    def asked(self, name: str) -> bool:
        """Whether the form had the field. Unticked boxes are not sent: of those this can't be told."""
        return name in self.values

    def pressed(self, name: str, *buttons: str) -> str:
        """Which of the buttons it was.

        Raises:
            HTTPException: none that we have.

        """
        button = self.text(name)
        if button not in buttons:
            raise HTTPException(400)
        return button

    def all(self, name: str) -> list[str]:
        return [value for value in self.values.get(name, []) if value]

    def refuse(self, name: str, why: str) -> None:
        """The first thing that is wrong with a field is the one to say."""
        self.wrong.setdefault(name, why)

    @property
    def to_mend(self) -> list[tuple[str, str]]:
        """What is wrong, in the order of the fields on the page: they are sent in it. Unticked boxes are not
        sent, and come last.
        """
        place = {name: index for index, name in enumerate(("", *self.values))}
        return sorted(self.wrong.items(), key=lambda item: place.get(item[0], len(place)))

    @classmethod
    def of(cls, values: Mapping[str, str | list[str]]) -> "Form":
        """Filled in beforehand."""
        return cls({name: value if isinstance(value, list) else [value] for name, value in values.items()})


async def read(request: Request) -> Form:
    """
    Raises:
        HTTPException: it is no form, or larger than any of ours.

    """
    if request.headers.get("content-type", _KIND).partition(";")[0].strip() != _KIND:
        raise HTTPException(415)
    body = await request.body()
    if len(body) > _LARGEST:
        raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(400) from error
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value.replace("\x00", ""))
    return Form(values)


async def read_if_form(request: Request) -> Form:
    """Empty where something else is sent: a mail program's click (RFC 8058) has a form of its own kind, and
    nothing to tell.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != _KIND:
        return Form()
    return await read(request)


async def read_with_file(request: Request) -> Form:
    """One with a file, which is on disk where it is large. Raises as `read` does."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _KIND_WITH_FILE:
        raise HTTPException(415)
    sent = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LARGEST)
    form = Form()
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            # Where nothing was chosen, browsers send a file without a name.
            form.file = value if value.filename else None
        else:
            form.values.setdefault(name, []).append(value.replace("\x00", ""))
    return form


def csrf_token(secret: str) -> str:
    """Differs each time, so that its compression tells nothing (BREACH)."""
    mask = secrets.token_bytes(32)
    return (mask + _xor(mask, _proof(secret))).hex()


def is_ours(request: Request, form: Form, secret: str) -> bool:
    """Sent from a page of ours to the browser that holds `secret`."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    try:
        sent = bytes.fromhex(form.text(FIELD))
    except ValueError:
        return False
    return len(sent) == 64 and hmac.compare_digest(_xor(sent[:32], sent[32:]), _proof(secret))


def _proof(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"csrf", hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
