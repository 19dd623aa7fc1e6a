"""E22's mechanism: what is planned rings once, and what was planned again never rings as it was."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from shared import due
from shared.due import Kind, Round, lanes, timers
from shared.due.kinds import Together
from shared.moments import Moment, by_instant
from shared.mongo import Mongo, Transaction
from shared.observing.health import Progress
from shared.settings import ServiceSettings
from tests.harness import eventually

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
async def mongo(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings, "timers")
    await mongo.prepare({**due.INDEXES, "rung": []})
    yield mongo
    mongo.close()


def moment(name: str = "before", minutes: int = 0) -> Moment:
    return by_instant(name, NOW + timedelta(minutes=minutes), "Europe/Stockholm")


async def plan(mongo: Mongo, subject: str, *moments: Moment, edition: int = 1) -> None:
    async def work(tx: Transaction) -> None:
        await timers.plan(tx, subject, moments, edition)

    await mongo.transact(work)


async def ring(tx: Transaction, turn: Round) -> None:
    """Writes down what rang; a second time would be a duplicate key."""
    for row in turn.rows:
        timer = timers.timer(row)
        rung = {"_id": f"{timer.subject} {timer.name} {timer.due.isoformat()}", "version": timer.version}
        await tx.db.rung.insert_one(rung, session=tx.session)
        turn.done(row)
        turn.told += 1


@asynccontextmanager
async def following(
    mongo: Mongo, ring: Together, now: Callable[[], datetime] = lambda: NOW, per_second: float = 1e9
) -> AsyncIterator[Progress]:
    progress = Progress(5.0)
    kinds = {timers.KIND: Kind("timers", together=ring, at_once=50, per_second=per_second)}
    task = asyncio.create_task(lanes(kinds, mongo, now, "events-1")["timers"].do(progress))
    try:
        yield progress
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rung(mongo: Mongo) -> list[str]:
    return [row["_id"] async for row in mongo.db.rung.find().hint("_id_").sort("_id", 1)]


async def left(mongo: Mongo) -> int:
    return await mongo.db.due.count_documents({"kind": "timer", "state": "due", "due": {"$lte": NOW}})


async def test_what_is_due_rings_once_and_the_rest_waits(mongo: Mongo) -> None:
    await plan(mongo, "meeting/a", moment("one", -1), moment("two"), moment("three", 1))
    async with following(mongo, ring), following(mongo, ring):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)
        assert [id_.split()[1] for id_ in await rung(mongo)] == ["one", "two"]
        assert await mongo.db.due.count_documents({"subject": "meeting/a", "state": "due"}) == 1


async def test_planned_anew_it_does_not_ring_at_its_old_time_and_rings_at_its_new_one(mongo: Mongo) -> None:
    await plan(mongo, "meeting/a", moment(minutes=-1))
    await plan(mongo, "meeting/b", moment(minutes=-1))
    await plan(mongo, "meeting/a", moment(minutes=10), edition=2)
    await plan(mongo, "meeting/b", edition=2)
    clock = [NOW]
    async with following(mongo, ring, lambda: clock[0]):
        await plan(mongo, "meeting/c", moment(minutes=-1))
        await eventually(lambda: rung(mongo))
        assert [id_.split()[0] for id_ in await rung(mongo)] == ["meeting/c"]
        clock[0] = NOW + timedelta(minutes=10)
        await eventually(lambda: rung(mongo), until=lambda found: len(found) == 2)
    assert (await rung(mongo))[0].split()[0] == "meeting/a"


async def test_what_is_planned_anew_while_it_rings_does_not_ring_as_it_was(mongo: Mongo) -> None:
    """The plan wins or conflicts: the round that had read the old row is done over."""
    await plan(mongo, "meeting/a", moment())
    tries = 0

    async def interrupted(tx: Transaction, turn: Round) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await plan(mongo, "meeting/a", moment(minutes=10), edition=2)
        await ring(tx, turn)

    async with following(mongo, interrupted):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)
        await plan(mongo, "meeting/b", moment())
        await eventually(lambda: rung(mongo))
    assert [id_.split()[0] for id_ in await rung(mongo)] == ["meeting/b"]


async def test_planned_again_as_it_was_what_has_rung_does_not_ring_again(mongo: Mongo) -> None:
    await plan(mongo, "meeting/a", moment())
    async with following(mongo, ring):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)
        await plan(mongo, "meeting/a", moment(), moment("later", 10), edition=2)
        assert await left(mongo) == 0
    row = (await mongo.db.due.find_one({"_id": "meeting/a#later"}) or {}).get("data")
    assert row
    assert (row["version"], row["zone"], row["wall"]) == (200, "Europe/Stockholm", "2027-03-01T09:10")


async def test_one_that_fails_is_put_off_and_the_others_ring(mongo: Mongo) -> None:
    for name in "abcde":
        await plan(mongo, f"meeting/{name}", moment())

    async def poisoned(tx: Transaction, turn: Round) -> None:
        if any(row.subject == "meeting/c" for row in turn.rows):
            raise ValueError("poison")
        await ring(tx, turn)

    async with following(mongo, poisoned):
        await eventually(lambda: left(mongo), until=lambda count: count == 1)
    assert [id_.split()[0] for id_ in await rung(mongo)] == [f"meeting/{name}" for name in "abde"]
    # It is tried again, and rings when it can.
    await mongo.db.due.update_one({"_id": "meeting/c#before"}, {"$set": {"next": NOW, "tries": 0}})
    async with following(mongo, ring):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)


async def test_a_thing_with_many_people_goes_on_where_a_dead_process_stopped(mongo: Mongo) -> None:
    await plan(mongo, "meeting/a", moment())
    begun = asyncio.Event()

    async def by_pages(tx: Transaction, turn: Round) -> None:
        (row,) = turn.rows
        page = int(timers.timer(row).after or 0) + 1
        await tx.db.rung.insert_one({"_id": page}, session=tx.session)
        turn.goes_on(row, str(page)) if page < 6 else turn.done(row)
        turn.told += 1
        if page == 2:
            begun.set()

    async with following(mongo, by_pages, per_second=5):
        await asyncio.wait_for(begun.wait(), 10)
    # Its claim would run out in time; whoever starts under its name need not wait.
    # Here it was told to end, and gave its claim back.
    assert not await mongo.db.due.find_one({"claim": {"$regex": "^events-1/"}}, hint="claim")
    async with following(mongo, by_pages):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)
    assert await rung(mongo) == [1, 2, 3, 4, 5, 6]


async def test_no_more_people_are_told_in_a_second_than_may_be(mongo: Mongo) -> None:
    for number in range(120):
        await plan(mongo, f"meeting/{number}", moment())
    began = asyncio.get_running_loop().time()
    async with following(mongo, ring, per_second=50):
        await eventually(lambda: left(mongo), until=lambda count: count == 0)
    assert asyncio.get_running_loop().time() - began > 1.5
    assert len(await rung(mongo)) == 120
