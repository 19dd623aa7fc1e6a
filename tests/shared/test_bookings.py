import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from shared.bookings import Bookings
from shared.errors import Conflict, Refused
from shared.mongo import Mongo, Transaction
from shared.settings import ServiceSettings


class IsFull(Conflict):
    title = "All seats are taken"


SEATS = 5


@pytest.fixture
async def mongo(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings, "bookings")
    await mongo.prepare({"things": [], "seats": [], "outbox": []})
    await mongo.db.things.insert_one({"_id": "thing", "taken": 0})
    yield mongo
    mongo.close()


class Seats:
    """Gives the seats of a thing away and remembers the size of each batch."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def __call__(self, tx: Transaction, key: str, asked: Sequence[str]) -> Sequence[str | Refused]:
        self.batches.append(len(asked))
        if "breaks" in asked:
            raise ValueError("breaks")
        thing = await tx.db.things.find_one({"_id": key}, session=tx.session)
        assert thing
        free = SEATS - thing["taken"]
        given, refused = asked[:free], asked[free:]
        await tx.db.things.update_one({"_id": key}, {"$inc": {"taken": len(given)}}, session=tx.session)
        if given:
            await tx.db.seats.insert_many([{"_id": name} for name in given], session=tx.session)
        return [*given, *(IsFull() for _ in refused)]


async def ask(bookings: Bookings[str, str], *names: str) -> list[str | BaseException]:
    return await asyncio.gather(*(bookings.book("thing", name) for name in names), return_exceptions=True)


async def test_what_is_asked_at_once_commits_together_and_each_gets_its_own_answer(mongo: Mongo) -> None:
    settle = Seats()
    answers = await ask(Bookings(mongo, settle), "a", "b", "c")
    assert answers == ["a", "b", "c"]
    assert settle.batches == [3]
    assert [d["_id"] async for d in mongo.db.seats.find().hint("_id_").sort("_id", 1)] == ["a", "b", "c"]


async def test_a_refused_request_leaves_the_others_of_its_batch_in_peace(mongo: Mongo) -> None:
    answers = await ask(Bookings(mongo, Seats()), *"abcdefg")
    assert answers[:SEATS] == list("abcde")
    assert all(isinstance(answer, Conflict) for answer in answers[SEATS:])


async def test_a_batch_is_never_larger_than_it_may_be(mongo: Mongo) -> None:
    settle = Seats()
    await ask(Bookings(mongo, settle, most=2), *"abcde")
    assert settle.batches == [2, 2, 1]


async def test_a_batch_that_fails_is_tried_one_by_one_so_that_only_the_culprit_fails(mongo: Mongo) -> None:
    answers = await ask(Bookings(mongo, Seats()), "a", "breaks", "b")
    assert [answers[0], answers[2]] == ["a", "b"]
    assert isinstance(answers[1], ValueError)
    thing = await mongo.db.things.find_one({"_id": "thing"})
    assert thing
    assert thing["taken"] == 2


async def test_an_unreachable_database_fails_the_batch_at_once_and_not_one_by_one(
    settings: ServiceSettings,
) -> None:
    attempts = 0

    async def unreachable(_tx: Transaction, _key: str, _asked: Sequence[str]) -> Sequence[str]:
        nonlocal attempts
        attempts += 1
        raise AutoReconnect("gone")

    class Impatient(Mongo):
        async def transact(self, work: Any, *, patience: float = 0.0) -> Any:
            return await super().transact(work, patience=patience)

    impatient = Impatient(settings, "bookings")
    answers = await ask(Bookings(impatient, unreachable), "a", "b", "c")
    impatient.close()
    assert all(isinstance(answer, AutoReconnect) for answer in answers)
    assert attempts == 1


async def test_two_processes_never_give_one_seat_twice(mongo: Mongo, settings: ServiceSettings) -> None:
    other = Mongo(settings, "bookings")
    try:
        one, two = Bookings(mongo, Seats(), most=2), Bookings(other, Seats(), most=2)
        names = [f"{n:02}" for n in range(20)]
        answers = await asyncio.gather(ask(one, *names[:10]), ask(two, *names[10:]))
    finally:
        other.close()
    given = [answer for side in answers for answer in side if isinstance(answer, str)]
    assert len(given) == SEATS
    thing = await mongo.db.things.find_one({"_id": "thing"})
    assert thing
    assert thing["taken"] == SEATS


async def test_a_caller_that_gives_up_before_its_turn_is_left_out(mongo: Mongo) -> None:
    bookings = Bookings(mongo, Seats())
    first, second = (asyncio.create_task(bookings.book("thing", name)) for name in "ab")
    await asyncio.sleep(0)
    second.cancel()
    assert await first == "a"
    assert await mongo.db.seats.find_one({"_id": "b"}) is None


async def test_lines_are_taken_away_when_they_are_empty(mongo: Mongo) -> None:
    bookings = Bookings(mongo, Seats())
    await ask(bookings, "a", "b")
    assert await bookings.book("thing", "c") == "c"
    await asyncio.sleep(0)
    assert not bookings._lines
    assert not bookings._runners


async def test_a_settlement_that_forgets_somebody_commits_nothing(mongo: Mongo) -> None:
    async def forgetful(tx: Transaction, _key: str, asked: Sequence[str]) -> Sequence[str]:
        await tx.db.seats.insert_one({"_id": asked[0]}, session=tx.session)
        return []

    answers = await ask(Bookings(mongo, forgetful), "a")
    assert isinstance(answers[0], RuntimeError)
    assert await mongo.db.seats.find_one({"_id": "a"}) is None
