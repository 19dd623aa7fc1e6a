"""Content lines of iCalendar and vCard: only CRLF ends one (RFC 5545 3.1, RFC 6350 3.2)."""

from shared.formats.plain_text import lines

_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


def escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545 3.3.11, RFC 6350 3.4)."""
    return lines(text).translate(_ESCAPES)


def folded(line: str) -> str:
    """At 75 octets, never inside a character."""
    parts: list[str] = []
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _OCTETS:
            parts.append(part)
            part, octets = " ", 1
        part += character
        octets += size
    return "\r\n".join([*parts, part])


def unfolded(text: str) -> str:
    """A whole calendar or card with each content line on one line; any other text as it is."""
    return text.replace("\r\n ", "") if text.startswith("BEGIN:V") else text


def refolded(text: str) -> str:
    """The same back again."""
    if not text.startswith("BEGIN:V"):
        return text
    return "\r\n".join(folded(line) for line in text.split("\r\n"))
