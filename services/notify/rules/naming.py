"""Requests say by id who is meant, and the mail says it by name: out of the copy of the people that there is
when it is rendered. So nothing that is kept or published names anybody who has got protected identity since.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.notify.models import Recipient, WholeMail
from shared.contracts.ids import NOBODY
from shared.contracts.types import Contract

# Who has a name: the `…_name` beside this `…_id` is a person's. A group's is none of anybody's.
PEOPLE = frozenset({"convenor", "left", "promoted", "asker", "adopter", "owner", "editor"})
_LINE = ("agency", "title", "place", "phone", "specialties")


def people_in(data: Contract) -> set[str]:
    """The ids of everybody whom the mail names."""
    return {id_ for _, id_ in _named_ids(data)} | {
        id_ for _, value in data for each in _parts(value) for id_ in people_in(each)
    }


def _named_ids(data: Contract) -> Iterator[tuple[str, str]]:
    """Fields that hold a person's name, each with the id beside it: `convenor_name` with `convenor_id`."""
    fields = type(data).model_fields
    for field in fields:
        stem, _, last = field.rpartition("_")
        if last != "id" or not (stem in PEOPLE or (stem == "person" and "name" in fields)):
            continue
        if id_ := getattr(data, field):
            yield "name" if stem == "person" else f"{stem}_name", id_


def _parts(value: Any) -> tuple[Contract, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in values if isinstance(each, Contract))


def named(data: Contract, people: Mapping[str, Recipient]) -> Contract:
    """With the names of those who may be named. A line about somebody who may not be, or who has left, is
    left out.
    """
    update: dict[str, Any] = {}
    for field, value in data:
        if isinstance(value, tuple) and _parts(value):
            update[field] = tuple(
                named(each, people) if isinstance(each, Contract) else each
                for each in value
                if not isinstance(each, Contract) or _stays(each, people)
            )
        elif isinstance(value, Contract):
            can_be_left_out = type(data).model_fields[field].default is None
            nobody = can_be_left_out and not people_in(value) <= people.keys()
            update[field] = None if nobody else named(value, people)
    for field, id_ in _named_ids(data):
        person = people.get(id_)
        update[field] = person.display_name if person else ""
        if field == "name" and person:
            update |= {each: getattr(person, each) for each in _LINE}
            update["email"] = person.email or ""
    known = type(data).model_fields.keys()
    return data.model_copy(update={name: value for name, value in update.items() if name in known})


def _stays(line: Contract, people: Mapping[str, Recipient]) -> bool:
    """Lines that are about nobody stay."""
    about = [id_ for field, id_ in _named_ids(line) if field == "name"]
    return all(id_ in people and people[id_].status == "active" for id_ in about)


def without(mail: WholeMail, people: Sequence[str]) -> WholeMail:
    """The same mail with nobody in these people's place."""
    gone = re.compile("|".join(map(re.escape, people)))

    def told(text: str) -> str:
        return gone.sub(NOBODY, text)

    part = mail.calendar
    return mail.model_copy(
        update={
            "data": told(mail.data),
            "subject": told(mail.subject),
            "thread": told(mail.thread),
            "calendar": part and part.model_copy(update={"ics": told(part.ics)}),
            "mentions": tuple(id_ for id_ in mail.mentions if id_ not in people),
        }
    )
