"""Calendar objects: on the way here they say `urn:uuid:<person>`, which is a calendar address as good as any
(RFC 5545 3.3.3); in the mail they bear names and mail addresses.
"""

import re
from collections.abc import Iterator, Mapping

from icalendar import Parameters, vCalAddress
from icalendar.parser import Contentline, Contentlines

from services.notify.models import Recipient
from shared.formats.ical import Text
from shared.formats.plain_text import one_line

_PERSON = re.compile(r"urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_PEOPLE = ("ATTENDEE", "ORGANIZER")


class _Quoted(Parameters):
    """Names between quotation marks: bare, one that ends in a backslash takes the colon behind it away."""

    always_quoted = (*Parameters.always_quoted, "CN")


def people_in(ics: str) -> set[str]:
    found: set[str] = set()
    for line in Contentlines.from_ical(ics):
        if _name(line) in _PEOPLE:
            found.update(_PERSON.findall(line))
    return found


def addressed(
    ics: str, people: Mapping[str, Recipient], recipient: str, address: str, description: str = ""
) -> str:
    """With the names of those who may be named, and the recipient's address. Nobody else's is given.
    `description` takes the place of the one there is.
    """

    def written() -> Iterator[Contentline]:
        for line in Contentlines.from_ical(ics):
            name = _name(line)
            if name == "DESCRIPTION" and description:
                continue
            if line == "END:VEVENT" and description:
                yield Contentline.from_parts("DESCRIPTION", Parameters(), Text(description))
            yield _named(line, people, recipient, address) if name in _PEOPLE else line

    return Contentlines(written()).to_ical().decode()


def _name(line: str) -> str:
    return re.split("[;:]", line, maxsplit=1)[0].upper()


def _named(line: Contentline, people: Mapping[str, Recipient], recipient: str, address: str) -> Contentline:
    name, params, said = line.raw_parts()
    if found := _PERSON.fullmatch(params.get("CN", "")):
        person = people.get(found[1])
        if person:
            params["CN"] = one_line(person.display_name)
        else:
            del params["CN"]
    party = vCalAddress(f"mailto:{address}" if said == f"urn:uuid:{recipient}" else said)
    return Contentline.from_parts(name, _Quoted(params), party)
