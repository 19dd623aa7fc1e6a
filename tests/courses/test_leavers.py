"""People leave: their seats go to the next, on the real parts."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from services.courses.handlers import enrolments, staff
from services.courses.models.wishes import Wish
from shared.consuming.incoming import Incoming
from shared.consuming.parking import Record
from shared.contracts.directory import Person
from shared.contracts.envelope import Trace
from shared.contracts.topics import (
    DIRECTORY_PEOPLE,
)
from shared.contracts.types import Gone
from shared.errors import NotFound
from shared.mongo import Transaction
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, eventually, publish


@pytest.mark.parametrize("how", ["left", "gone"])
async def test_a_leaver_is_released_and_the_next_is_told(network: Network, how: str) -> None:
    leaver, queuing, following = a_person("csn"), a_person("csn"), a_person("spv")
    await network.people(leaver, queuing, following)
    occasion = await network.occasion(seats=1, cancel_until=str(in_days(-1)))
    other = await network.occasion(seats=2)
    for person in (leaver, queuing, following):
        await network.enrol(occasion, person)
    await network.enrol(other, leaver)
    states = [
        Gone(id=person.id, version=2)
        if how == "gone"
        else person.model_copy(update={"version": 2, "status": "left"})
        for person in (leaver, queuing)
    ]
    await publish(network.settings, DIRECTORY_PEOPLE, *states)
    await network.told(following, "courses.seat_waiting", "courses.seat_given")
    released = {leaver.id: "cancelled", queuing.id: "cancelled", following.id: "enrolled"}
    await eventually(lambda: network.states(occasion), until=lambda states: states == released)
    assert await network.states(other) == {leaver.id: "cancelled"}
    assert (await network.get(f"occasions/{other}"))["taken"] == 0


async def test_who_leaves_together_with_the_one_before_them_is_given_no_seat(network: Network) -> None:
    leaver, queuing = a_person("csn"), a_person("csn")
    await network.people(leaver, queuing)
    occasion = await network.occasion(seats=1)
    await network.enrol(occasion, leaver)
    await network.enrol(occasion, queuing)
    await network.running.mongo.transact(leaving(leaver, queuing))
    assert set((await network.states(occasion)).values()) == {"cancelled"}
    await network.told(queuing, "courses.seat_waiting")
    waited = await network.db.enrolments.find_one({"_id": f"{occasion}/{queuing.id}"})
    assert waited["version"] == 2


def leaving(*people: Person) -> Callable[[Transaction], Awaitable[None]]:
    record = Record("directory.people", 0, 0, b"", b"")
    batch = [Incoming(Gone(id=person.id, version=2), Trace("t"), record) for person in people]
    return partial(staff.take_people, batch=batch, now=datetime.now(UTC))


async def test_a_booking_that_began_before_a_leaving_leaves_no_seat_with_the_leaver(network: Network) -> None:
    """Neither writes what the other reads, so nothing but the fence makes them meet."""
    person = a_person("csn")
    await network.people(person)
    occasion = await network.occasion()
    mongo = network.running.mongo
    left: list[bool] = []

    async def book(tx: Transaction) -> list[Any]:
        await tx.db.people.find_one({"_id": person.id}, session=tx.session)
        if not left:
            left.append(True)
            await mongo.transact(leaving(person))
        return await enrolments.settle(
            tx, occasion, [Wish("enrol", person.id, "csn", Trace("t"))], datetime.now(UTC)
        )

    (answer,) = await mongo.transact(book)
    assert isinstance(answer, NotFound)
    assert await network.states(occasion) == {}
    assert (await network.get(f"occasions/{occasion}"))["taken"] == 0
