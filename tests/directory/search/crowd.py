"""The network as it would be: 1,200 invented people at nine agencies, merged as the feed's records are, and the cast
among them. Questions say by attributes whom they mean, since several people may be the right answer.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from agencynet.operations import nine_agencies
from agencynet.people import Record, invent
from services.directory.folding import fold
from services.directory.people.rules.merging import Feed, merge
from services.directory.search.engine import PersonWords, SearchIndex
from services.directory.search.follower import words_of
from shared.contracts.staff import StaffRecord
from tests.directory.search.people import CAST, vocabulary

DAY = date(2026, 11, 25)


@cache
def names() -> dict[str, tuple[str, ...]]:
    return {slug: (each["name"], each["full_name"], each["name_en"]) for slug, each in nine_agencies()}


def _words(record: Record) -> PersonWords:
    staff = StaffRecord.model_validate(record.data(), strict=False)
    merged = merge(staff, {}, Feed(record.agency, "carried"))
    person = {**merged, "_id": record.id, "groups": [], "version": 1}
    return words_of(person, names()[record.agency], DAY)


@cache
def crowd() -> Mapping[str, PersonWords]:
    invented = [_words(record) for record in invent(1, DAY).everybody if not record.protected]
    return {person.id: person for person in (*CAST, *invented)}


@cache
def index() -> SearchIndex:
    index = SearchIndex(vocabulary())
    index.put(crowd().values())
    index.commit()
    return index


def is_meant(person: PersonWords, meant: Mapping[str, str]) -> bool:
    """Every attribute holds; `role` covers assignments, `name` is one or more of the person's names."""
    return all(_holds(person, attribute, value) for attribute, value in meant.items())


def _holds(person: PersonWords, attribute: str, value: str) -> bool:
    match attribute:
        case "role":
            return value in (*person.roles, *person.assignments)
        case "specialty":
            return value in person.specialties
        case "name":
            said = person.given_name.split() + person.family_name.split()
            return set(value.split()) <= {*said, person.given_name, person.family_name}
        case "title":
            return fold(value) in fold(person.title)
        case _:
            actual: Any = getattr(person, attribute)
            return actual == value


def reciprocal_rank(question: str, meant: Mapping[str, str], *, depth: int = 10) -> float:
    """1 for the first hit, ½ for the second …, 0 when none of the first ten is meant."""
    for rank, hit in enumerate(index().search(question, limit=depth).hits, start=1):
        if is_meant(crowd()[hit.id], meant):
            return 1 / rank
    return 0.0
