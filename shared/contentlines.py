"""Content lines of iCalendar and vCard."""

_OCTETS = 75


def folded(line: str) -> str:
    """At 75 octets, never inside a character (RFC 5545 3.1, RFC 6350 3.2)."""
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
