"""What a mail says, however oddly it is written: whatever came must be possible to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

_CALENDAR_TYPES = ("text/calendar", "application/ics")


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Mail:
    headers: dict[str, str]
    """By name as written; a name that comes several times has its values on lines of their own."""
    text: str | None
    html: str | None
    calendar: str | None
    attachments: list[Attachment]

    def header(self, name: str) -> str:
        wanted = name.casefold()
        return next((value for key, value in self.headers.items() if key.casefold() == wanted), "")


def read(source: bytes) -> Mail:
    message = message_from_bytes(source)
    parts = [part for part in message.walk() if not part.is_multipart()]
    shown = [part for part in parts if not _is_attachment(part)]
    return Mail(
        headers=_headers(message),
        text=_first(shown, "text/plain"),
        html=_first(shown, "text/html"),
        calendar=_first(shown, *_CALENDAR_TYPES) or _first(parts, *_CALENDAR_TYPES),
        attachments=[_attachment(part) for part in parts if _is_attachment(part)],
    )


def _headers(message: Message) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        decoded = _decoded(str(value))
        headers[name] = f"{headers[name]}\n{decoded}" if name in headers else decoded
    return headers


def _decoded(raw: str) -> str:
    """RFC 2047 words and bare UTF-8, unfolded; what can't be decoded is shown as it came."""
    plain = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    unfolded = re.sub(r"\r?\n[ \t]*", " ", plain).strip()
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded


def _first(parts: list[Message], *types: str) -> str | None:
    return next((_content(part) for part in parts if part.get_content_type() in types), None)


def _content(part: Message) -> str:
    payload = _bytes(part)
    try:
        return payload.decode(part.get_content_charset("utf-8")).replace("\r\n", "\n")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace").replace("\r\n", "\n")


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text"


def _attachment(part: Message) -> Attachment:
    return Attachment(_decoded(part.get_filename("")), part.get_content_type(), len(_bytes(part)))
