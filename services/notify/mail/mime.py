"""The mail as it goes out, byte for byte.

Written here and not by `email.message`, which parses each header that it is given and takes thirty times
as long (docs/decisions/0008); the tests hold it against that module's reading.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from hashlib import sha256

from services.notify.mail.templates import Rendered
from services.notify.settings import NotifySettings
from shared.contracts.notify import CalendarPart
from shared.contracts.types import Language
from shared.formats.plain_text import one_line

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LINE = 76
# In base64, with what stands around it, a word of 64 characters: room for a header's name before it.
_WORD_BYTES = 39


class ControlCharacter(ValueError):  # noqa: N818
    """A header would hold one: somebody tries to write headers of their own."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom the mail is for, and what ties it to its cause."""

    message_id: str
    name: str
    address: str
    language: Language
    kind: str
    correlation: str
    date: datetime


def build(
    settings: NotifySettings,
    envelope: Envelope,
    rendered: Rendered,
    calendar: CalendarPart | None,
    unsubscribe: str = "",
) -> bytes:
    """Text, HTML and where there is one the calendar object, as alternatives of one mail. `unsubscribe` is
    where one POST ends mails of this kind (RFC 8058).

    The calendar object is no attachment: Outlook, Gmail and Apple's Mail act on the alternative
    (RFC 6047 4), and an attached copy beside it shows up as a second, dead invitation.

    Raises:
        ControlCharacter: in what would become a header.

    """
    # Neither quoted-printable nor base64 can contain "=_" (RFC 2045 6.7).
    boundary = f"=_{sha256(envelope.message_id.encode()).hexdigest()[:32]}"
    headers = {
        **_headers(settings, envelope, rendered.subject),
        **_one_click(unsubscribe),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        "Content-Language": envelope.language,
    }
    parts = [_quoted("text/plain", rendered.text), _base64("text/html", _lines(rendered.html))]
    if calendar:
        parts.append(_base64(f"text/calendar; method={calendar.method}", calendar.ics.encode()))
    opening, end = f"\r\n--{boundary}\r\n".encode(), f"\r\n--{boundary}--\r\n".encode()
    head = "\r\n".join(_header(name, value) for name, value in headers.items()) + "\r\n"
    return b"".join((head.encode("ascii"), *(opening + part for part in parts), end))


def _headers(settings: NotifySettings, envelope: Envelope, subject: str) -> dict[str, str]:
    name = settings.from_name_sv if envelope.language == "sv" else settings.from_name_en
    sender, _, kind = envelope.kind.partition(".")
    headers = {
        "From": _mailbox(name, settings.from_address),
        "To": _mailbox(envelope.name, envelope.address),
        "Subject": _words(subject),
        "Date": format_datetime(envelope.date),
        "Message-ID": envelope.message_id,
        # RFC 3834: no holiday replies, please.
        "Auto-Submitted": "auto-generated",
        "List-Id": _mailbox(name, f"{kind.replace('_', '-')}.{sender}.{settings.domain}"),
        "X-Agencynet-Correlation": _words(envelope.correlation),
    }
    if settings.reply_to:
        headers["Reply-To"] = settings.reply_to
    return headers


def _one_click(address: str) -> dict[str, str]:
    if not address:
        return {}
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _header(name: str, value: str) -> str:
    """Folded between words, where that makes no difference to a reader (RFC 5322 2.2.3)."""
    if _CONTROL.search(value):
        raise ControlCharacter(name)
    lines = [f"{name}:"]
    for word in value.split():
        # Some readers see no value where the first line is empty.
        if lines[-1] == f"{name}:" or len(lines[-1]) + len(word) < _LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines)


def _mailbox(name: str, address: str) -> str:
    return formataddr((name, address)) if _is_plain(name) else f"{_words(name)} <{address}>"


def _words(value: str) -> str:
    """As it is, or as encoded words (RFC 2047); what looks like one must be one, or it would be decoded."""
    if _is_plain(value):
        return value
    if _CONTROL.search(value):
        raise ControlCharacter
    # Python's own reader, among others, takes U+2028 for the end of the header.
    value = one_line(value)
    return " ".join(f"=?utf-8?b?{b2a_base64(chunk, newline=False).decode()}?=" for chunk in _chunks(value))


def _is_plain(value: str) -> bool:
    return value.isascii() and "=?" not in value


def _chunks(value: str) -> Iterator[bytes]:
    """Whole characters, as RFC 2047 5 asks."""
    chunk = b""
    for character in value:
        encoded = character.encode()
        if len(chunk) + len(encoded) > _WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += encoded
    yield chunk


def _quoted(kind: str, text: str) -> bytes:
    return _part(kind, "quoted-printable", b2a_qp(_lines(text), istext=True))


def _base64(kind: str, text: bytes) -> bytes:
    """A quarter of the time that quoted-printable takes a reader, and nobody reads HTML in its source."""
    content = b2a_base64(text, newline=False)
    return _part(kind, "base64", b"\r\n".join(content[i : i + _LINE] for i in range(0, len(content), _LINE)))


def _part(kind: str, encoding: str, content: bytes) -> bytes:
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + content


def _lines(text: str) -> bytes:
    return b"\r\n".join(text.encode().splitlines()) + b"\r\n"
