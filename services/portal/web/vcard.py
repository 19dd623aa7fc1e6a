"""A person as vCard 4.0 (RFC 6350)."""

import re
from typing import Any

from services.portal.web.speech import Speech, tel


def vcard(person: dict[str, Any], speech: Speech) -> str:
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:{person['id']}",
        f"FN:{_text(person['display_name'])}",
        f"N:{_text(person['family_name'])};{_text(person['given_name'])};;;",
        f"ORG:{_text(speech.agency(person['agency']))};{_text(person['unit'])}",
        f"TITLE:{_text(person['title'])}",
    ]
    if person["email"]:
        lines.append(f"EMAIL;TYPE=work:{_text(person['email'])}")
    if person["phone"]:
        lines.append(f"TEL;TYPE=work;VALUE=uri:tel:{tel(person['phone'])}")
    if person["place"]:
        lines.append(f"ADR;TYPE=work:;;;{_text(person['place'])};;;")
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCARD"])


def _text(value: str) -> str:
    """RFC 6350 3.4, and no line of its own."""
    return re.sub(r"([\\,;])", r"\\\1", re.sub(r"[\x00-\x1f\x7f]+", " ", value))


def _folded(line: str) -> str:
    """Lines of at most 75 bytes (3.2), never inside a character."""
    parts, size = [""], 0
    for char in line:
        size += len(char.encode())
        if size > 75:
            parts.append("")
            size = 1 + len(char.encode())
        parts[-1] += char
    return "\r\n ".join(parts)
