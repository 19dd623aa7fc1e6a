"""A service's copy of another's entities holds what the service needs of them."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Literal

import pytest

from shared.consuming.incoming import Incoming
from shared.consuming.parking import Record
from shared.consuming.states import Change, Copy
from shared.contracts.directory import Absence, Person
from shared.contracts.envelope import Trace
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone, State
from shared.mongo import Mongo, Transaction
from shared.settings import ServiceSettings
from tests.harness import a_person


class Colleague(State):
    display_name: str
    status: Literal["active", "left"]


COLLEAGUES = Copy(DIRECTORY_PEOPLE, Colleague)
AWAY = Absence(since=date(2026, 11, 1), until=date(2026, 12, 1))


@pytest.fixture
async def mongo(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"people": []})
    yield mongo
    mongo.close()


async def told(mongo: Mongo, entity: Person | Gone) -> Change[Colleague]:
    record = Record("directory.people", 0, 0, entity.id.encode(), b"")

    async def work(tx: Transaction) -> list[Change[Colleague]]:
        return await COLLEAGUES.apply(tx, [Incoming(entity, Trace("c"), record)])

    return (await mongo.transact(work))[0]


async def test_nothing_is_kept_of_a_person_that_the_service_has_not_named(mongo: Mongo) -> None:
    person = a_person(display_name="Åsa Öberg", phone="060-12 34 56", absence=AWAY)
    wanted = Colleague(id=person.id, version=person.version, display_name="Åsa Öberg", status="active")
    assert (await told(mongo, person)).after == wanted
    assert await mongo.db.people.find_one({"_id": person.id}) == {
        "_id": person.id,
        "version": person.version,
        "deleted": False,
        "display_name": "Åsa Öberg",
        "status": "active",
    }


async def test_what_a_copy_held_before_it_was_narrowed_goes_with_the_next_version(mongo: Mongo) -> None:
    person = a_person(display_name="Åsa Öberg")
    old = {"_id": person.id, "version": 0, "deleted": False, "display_name": "Åsa Ö", "status": "active"}
    await mongo.db.people.insert_one({**old, "phone": "060-12 34 56"})
    change = await told(mongo, person)
    assert change.before == Colleague(id=person.id, version=0, display_name="Åsa Ö", status="active")
    kept = await mongo.db.people.find_one({"_id": person.id})
    assert kept
    assert "phone" not in kept


async def test_of_somebody_who_is_gone_a_marker_stays(mongo: Mongo) -> None:
    person = a_person()
    await told(mongo, person)
    assert (await told(mongo, Gone(id=person.id, version=person.version + 1))).after is None
    kept = await mongo.db.people.find_one({"_id": person.id})
    assert kept == {"_id": person.id, "version": person.version + 1, "deleted": True}


async def test_of_somebody_who_is_erased_nothing_stays_and_an_older_word_of_them_is_followed_by_that_again(
    mongo: Mongo,
) -> None:
    person = a_person()
    await told(mongo, person)
    gone = Gone(id=person.id, version=person.version + 1, reason="erased")
    for _ in range(2):
        change = await told(mongo, gone)
        assert (change.after, change.erased) == (None, True)
        assert await mongo.db.people.find_one({"_id": person.id}) is None
