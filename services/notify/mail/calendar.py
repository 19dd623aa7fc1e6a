"""Calendar objects: on the way here they say `urn:uuid:<person>`, which is a calendar address as good as any
(RFC 5545 3.3.3); in the mail they bear names and mail addresses.
"""

import re
from collections.abc import Mapping

from services.notify.models import Recipient
from shared.contentlines import folded

_PERSON = re.compile(r"urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_COMMON_NAME = re.compile(rf';CN="{_PERSON.pattern}"')


def people_in(ics: str) -> set[str]:
    return set(_PERSON.findall(_unfolded(ics)))


def addressed(ics: str, people: Mapping[str, Recipient], recipient: str, address: str) -> str:
    """With the names of those who may be named, and the recipient's address. Nobody else's is given."""

    def common_name(found: re.Match[str]) -> str:
        person = people.get(found[1])
        return f';CN="{_parameter(person.display_name)}"' if person else ""

    lines = []
    for line in _unfolded(ics).splitlines():
        if line.startswith(("ATTENDEE", "ORGANIZER")):
            bare = _COMMON_NAME.sub(common_name, line)
            line = bare.replace(f"urn:uuid:{recipient}", f"mailto:{address}")  # noqa: PLW2901
        lines.append(folded(line))
    return "".join(f"{line}\r\n" for line in lines)


def _parameter(value: str) -> str:
    """Text inside quotation marks, with those of its own written as RFC 6868 has it."""
    return value.replace("^", "^^").replace('"', "^'")


def _unfolded(ics: str) -> str:
    return re.sub(r"\r?\n[ \t]", "", ics)
