"""vCard 4.0 (RFC 6350). No library writes it as it is now and is looked after: vobject is at 3.0."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.formats import phones
from shared.formats.contentlines import escaped, folded
from shared.formats.plain_text import one_line


def card(person: Mapping[str, Any], agency: str, roles: Sequence[str]) -> str:
    """One person, as far as the reader sees them; `agency` and `roles` in the reader's words."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:{person['id']}",
        "KIND:individual",
        f"FN:{_text(person['display_name'])}",
        f"N:{_text(person['family_name'])};{_text(person['given_name'])};;;",
        f"ORG:{_text(agency)}" + (f";{_text(person['unit'])}" if person["unit"] else ""),
        *_line("TITLE", person["title"]),
        *_line("ROLE", ", ".join(roles)),
        *_line("EMAIL;TYPE=work", person["email"]),
        # As text, which is the default: Evolution shows the tel: of a URI.
        *(f"TEL;TYPE=work:{_text(number.plain)}" for number in phones.numbers(person["phone"])),
        *([f"ADR;TYPE=work:;;;{_text(person['place'])};;;"] if person["place"] else ()),
        *([f"CATEGORIES:{','.join(map(_text, person['specialties']))}"] if person["specialties"] else ()),
        f"LANG;TYPE=work:{person['language']}",
        "END:VCARD",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def group(group_id: str, name: str, members: Iterable[str]) -> str:
    """A group as a card of its own that points at its members' cards."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:{group_id}",
        "KIND:group",
        f"FN:{_text(name)}",
        *(f"MEMBER:urn:uuid:{member}" for member in members),
        "END:VCARD",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _line(name: str, value: str | None) -> Iterable[str]:
    return [f"{name}:{_text(value)}"] if value else []


def _text(value: str) -> str:
    return escaped(one_line(value))
