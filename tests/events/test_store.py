"""Queries on a real MongoDB that refuses to scan a collection."""

from datetime import date, timedelta
from itertools import product

import pytest

from services.events.app import SPEC
from services.events.models.documents import Meeting
from services.events.models.people import Colleague
from services.events.rules.audience import is_empty, reaches
from services.events.store import meetings, people
from shared.consuming.states import to_document
from shared.contracts.events import Audience
from shared.contracts.types import Held
from shared.mongo import Mongo, Transaction
from shared.settings import ServiceSettings
from tests.events.test_seat_rules import a_meeting
from tests.harness import a_person

DAY = date(2027, 2, 1)
HELD = [
    (),
    (Held(code="r"),),
    (Held(code="r", since=DAY + timedelta(days=1)),),
    (Held(code="r", until=DAY - timedelta(days=1)),),
    (Held(code="r", since=DAY, until=DAY), Held(code="q")),
    (Held(code="q"), Held(code="r", until=DAY - timedelta(days=1))),
]


@pytest.fixture
async def mongo(settings: ServiceSettings) -> Mongo:
    mongo = Mongo(settings, "events")
    await mongo.prepare({**SPEC.indexes, "outbox": []})
    return mongo


def everybody() -> list[Colleague]:
    cases = product(HELD, HELD, ("", "Sundsvall"), ((), ("s",), ("s", "t")), ("active", "left"))
    people = [
        a_person(
            "csn" if number // 2 % 2 else "spv", f"p{number}", place=place, specialties=specialties
        ).model_copy(update={"roles": roles, "assignments": assignments, "status": status})
        for number, (roles, assignments, place, specialties, status) in enumerate(cases)
    ]
    return [Colleague.model_validate(person, from_attributes=True) for person in people]


async def test_the_query_reaches_exactly_whom_the_rule_reaches(mongo: Mongo) -> None:
    known = everybody()
    await mongo.db.people.insert_many([to_document(person) for person in known])
    options = [(), ("r",)], [(), ("r", "x")], [(), ("t", "u")], [(), ("csn",)], [(), ("Sundsvall",)]
    checked = 0
    for roles, assignments, specialties, agencies, places in product(*options):
        audience = Audience(
            roles=roles, assignments=assignments, specialties=specialties, agencies=agencies, places=places
        )
        if is_empty(audience):
            continue
        expected = sorted(person.id for person in known if reaches(audience, person, DAY))
        assert await people.ids(mongo.db, audience, DAY) == expected, audience
        checked += bool(expected)
    assert checked == 31
    mongo.close()


async def test_the_database_refuses_a_seat_too_many_whatever_was_decided(mongo: Mongo) -> None:
    """The last guard: a decision upon figures that are not true, or not true any more, commits nothing."""
    meeting = a_meeting(capacity=2, taken=1)

    async def insert(tx: Transaction) -> None:
        await meetings.insert(tx, meeting)

    await mongo.transact(insert)
    stale: Meeting = meeting.model_copy(update={"taken": 0})

    async def decide(tx: Transaction) -> None:
        await meetings.save(tx, stale, stale.model_copy(update={"taken": 2}))

    with pytest.raises(meetings.SeatsTakenMeanwhile):
        await mongo.transact(decide)
    kept = await meetings.get(mongo.db, "m")
    assert kept
    assert kept.taken == 1
    mongo.close()
