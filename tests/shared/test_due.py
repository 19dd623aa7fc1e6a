"""Work that is due: once, in time, and one bad row stops neither its neighbours nor its process."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from pymongo.errors import AutoReconnect

from shared import due
from shared.due import Kind, Kinds, Row, Work, lanes, measuring, rows
from shared.due import worker as due_worker
from shared.mongo import Mongo, Transaction
from shared.observing.health import Health, Progress
from shared.settings import ServiceSettings
from tests.harness import eventually

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
async def mongo(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings, "due")
    await mongo.prepare({**due.INDEXES, "written": []})
    yield mongo
    mongo.close()


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_worker, "_SUSPECTS_AFTER", 0.0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def working(
    mongo: Mongo, kinds: Kinds, clock: Callable[[], datetime] = lambda: NOW
) -> AsyncIterator[list[Progress]]:
    found = lanes(kinds, mongo, clock, "due-1")
    progress = [Progress(5.0) for _ in found]
    tasks = [asyncio.create_task(lane.do(each)) for lane, each in zip(found.values(), progress, strict=True)]
    try:
        yield progress
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def schedule(mongo: Mongo, *ids: str, kind: str = "work", at: datetime = NOW) -> None:
    found = [Row(id_, kind, id_.split("-")[0], at) for id_ in ids]
    await mongo.transact(lambda tx: due.schedule(tx, found))


async def row(mongo: Mongo, id_: str) -> dict[str, Any]:
    return await mongo.db.due.find_one({"_id": id_}) or {}


async def left(mongo: Mongo) -> list[str]:
    found = await mongo.db.due.find({"state": "due"}).hint("_id_").to_list(None)
    return sorted(each["_id"] for each in found)


async def write(tx: Transaction, row: Row, _now: datetime) -> None:
    await tx.db.written.insert_one({"_id": row.id}, session=tx.session)


def beside(work: Callable[[Work], Awaitable[datetime | None]]) -> Kinds:
    return {"work": Kind("lane", beside=work)}


async def test_what_is_due_is_done_once_by_two_processes_and_the_rest_waits(mongo: Mongo) -> None:
    await schedule(mongo, *(f"a-{n}" for n in range(20)))
    await schedule(mongo, "later", at=NOW + timedelta(minutes=1))
    kinds = {"work": Kind("lane", inside=write)}
    async with working(mongo, kinds), working(mongo, kinds):
        await eventually(lambda: left(mongo), until=lambda found: found == ["later"])
    assert await mongo.db.written.count_documents({"_id": {"$gt": ""}}) == 20


async def test_one_that_fails_three_times_is_set_aside_and_its_neighbours_are_done(mongo: Mongo) -> None:
    clock = Clock()
    tried = Counter[str]()

    async def work(work: Work) -> None:
        tried[work.row.id] += 1
        if work.row.id == "bad":
            raise KeyError("somebody's name")

    await schedule(mongo, "bad", "good", "better")
    async with working(mongo, beside(work), clock) as progress:
        for tries in (1, 2, 3):
            await eventually(
                lambda: row(mongo, "bad"),
                until=lambda found, n=tries: tried["bad"] == n and "claim" not in found,
            )
            clock.now += timedelta(minutes=2)
        assert all(each.healthy for each in progress)
    found = await row(mongo, "bad")
    assert (found["state"], tried) == ("aside", {"bad": 3, "good": 1, "better": 1})
    assert found["why"].startswith("KeyError in test_due.py:")
    assert "somebody" not in str(found)


async def test_it_waits_longer_after_each_failure(mongo: Mongo) -> None:
    clock = Clock()

    async def work(_: Work) -> None:
        raise ValueError

    await schedule(mongo, "bad")
    async with working(mongo, beside(work), clock):
        first = await eventually(lambda: row(mongo, "bad"), until=lambda found: found["next"] > NOW)
        clock.now = first["next"]
        second = await eventually(
            lambda: row(mongo, "bad"), until=lambda found: found["next"] > first["next"]
        )
    assert timedelta(seconds=1) < first["next"] - NOW < second["next"] - first["next"] <= timedelta(minutes=5)


@pytest.mark.parametrize("error", [AutoReconnect("away"), TimeoutError(), KafkaConnectionError()])
async def test_trouble_with_the_database_or_kafka_is_no_try(mongo: Mongo, error: Exception) -> None:
    troubles = 0

    async def work(_: Work) -> None:
        nonlocal troubles
        troubles += 1
        if troubles < 5:
            raise error

    await schedule(mongo, "good")
    async with working(mongo, beside(work)):
        for n in range(1, 5):
            await eventually(lambda: row(mongo, "good"), until=lambda found, n=n: found.get("troubles") == n)
            assert (await row(mongo, "good"))["tries"] == 0
            await mongo.db.due.update_one({"_id": "good"}, {"$unset": {"until": ""}})
        await eventually(lambda: left(mongo), until=lambda found: not found)


async def test_trouble_that_never_ends_is_the_row_s_own_in_the_end(mongo: Mongo) -> None:
    """A row may ask MongoDB for what it can't give in time."""

    async def work(_: Work) -> None:
        raise TimeoutError

    await schedule(mongo, "slow", "slow-2")

    async def aside() -> bool:
        await mongo.db.due.update_many(
            {"_id": {"$gt": ""}, "claim": {"$exists": False}}, {"$unset": {"until": ""}}
        )
        return await mongo.db.due.count_documents({"_id": {"$gt": ""}, "state": "aside"}) == 2

    async with working(mongo, beside(work)):
        await eventually(aside, within=60)


async def test_one_that_is_asked_for_while_it_is_done_is_done_again(mongo: Mongo) -> None:
    done = 0

    async def work(work: Work) -> None:
        nonlocal done
        done += 1
        if done == 1:
            await schedule(mongo, "a")

    await schedule(mongo, "a")
    async with working(mongo, beside(work)):
        await eventually(lambda: left(mongo), until=lambda found: not found)
    assert done == 2


async def test_one_that_moves_itself_in_its_own_transaction_is_not_forgotten(mongo: Mongo) -> None:
    later = NOW + timedelta(days=1)

    async def work(tx: Transaction, found: Row, _now: datetime) -> None:
        await write(tx, found, NOW)
        await due.move(tx, [Row("a", "work", "a", later)])

    await schedule(mongo, "a")
    async with working(mongo, {"work": Kind("lane", inside=work)}):
        found = await eventually(lambda: row(mongo, "a"), until=lambda found: found["next"] == later)
    assert (found["tries"], found.get("claim")) == (0, None)


async def test_a_subject_with_thousands_of_rows_does_not_keep_others_waiting(mongo: Mongo) -> None:
    order: list[str] = []

    async def work(work: Work) -> None:
        order.append(work.row.subject)

    await schedule(mongo, *(f"large-{n}" for n in range(100)), at=NOW - timedelta(hours=1))
    await schedule(mongo, "small-1")
    async with working(mongo, beside(work)):
        await eventually(lambda: left(mongo), until=lambda found: not found)
    assert order.index("small") <= 21


async def test_a_lane_does_not_wait_for_another(mongo: Mongo) -> None:
    release = asyncio.Event()

    async def long(_: Work) -> None:
        await release.wait()

    await schedule(mongo, "long", kind="long")
    kinds: Kinds = {"long": Kind("slow", beside=long), "work": Kind("fast", inside=write)}
    async with working(mongo, kinds):
        await eventually(lambda: row(mongo, "long"), until=lambda found: "claim" in found)
        await schedule(mongo, "short")
        await eventually(lambda: left(mongo), until=lambda found: found == ["long"])
        release.set()
        await eventually(lambda: left(mongo), until=lambda found: not found)


async def test_a_process_that_is_told_to_end_gives_its_row_back(mongo: Mongo) -> None:
    async def long(_: Work) -> None:
        await asyncio.sleep(60)

    await schedule(mongo, "a")
    async with working(mongo, beside(long)):
        await eventually(lambda: row(mongo, "a"), until=lambda found: found["tries"] == 1)
    found = await row(mongo, "a")
    assert (found["tries"], found.get("claim")) == (0, None)


async def test_one_that_was_set_aside_has_one_try_more_when_it_is_asked_for(mongo: Mongo) -> None:
    tried = 0

    async def work(_: Work) -> None:
        nonlocal tried
        tried += 1
        raise ValueError

    await schedule(mongo, "bad")
    await rows.set_aside(mongo.db, "bad", "ValueError", NOW)
    async with working(mongo, beside(work)):
        await schedule(mongo, "bad")
        await eventually(
            lambda: row(mongo, "bad"), until=lambda found: tried == 1 and found["state"] == "aside"
        )


async def test_what_is_set_aside_is_measured_and_degrades_without_turning_unready(mongo: Mongo) -> None:
    from prometheus_client import REGISTRY

    health = Health(ready=True)
    kinds: Kinds = {"work": Kind("lane", inside=write)}
    await schedule(mongo, "bad", "waiting")
    await rows.set_aside(mongo.db, "bad", "ValueError", NOW)
    await mongo.db.due.update_one(
        {"_id": "waiting"}, {"$set": {"next": datetime.now(UTC) - timedelta(hours=1)}}
    )
    await measuring.measure("due", kinds, health)(mongo.db)
    told = {"service": "due", "kind": "work"}
    assert REGISTRY.get_sample_value("agencynet_due_set_aside", told) == 1
    oldest = REGISTRY.get_sample_value("agencynet_due_oldest_seconds", {"service": "due"})
    assert oldest
    assert 3_500 < oldest < 3_700
    assert (health.problems(), health.notices) == ({}, {"due work": "set aside: 1 work"})


# --- processes that die -----------------------------------------------------------------------------------

KILLER = """
import asyncio, os, signal, sys
from datetime import datetime
from shared.due import Kind, Row, Work, inherit, lanes
from shared.due import worker
from shared.observing.health import Progress
from shared.mongo import Mongo
from shared.settings import ServiceSettings

worker._SUSPECTS_AFTER = 0.0
NOW = datetime.fromisoformat(sys.argv[1])

async def work(work: Work) -> None:
    if work.row.id == "killer":
        # Others are under way in their lanes by now.
        await asyncio.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    if work.row.subject == "long":
        await asyncio.sleep(0.6)

async def main() -> None:
    mongo = Mongo(ServiceSettings(), "due")
    await inherit(mongo.db, "due-1", NOW)
    kinds = {"work": Kind("lane", beside=work), "long": Kind("other", beside=work)}
    loops = lanes(kinds, mongo, lambda: NOW, "due-1").values()
    await asyncio.gather(*(lane.do(Progress(5.0)) for lane in loops))

asyncio.run(main())
"""


async def test_a_row_that_kills_its_process_is_set_aside_at_the_third_and_nobody_beside_it(
    mongo: Mongo, settings: ServiceSettings
) -> None:
    await schedule(mongo, "killer", "good", "better")
    await schedule(mongo, "long-1", "long-2", kind="long")
    told = {f"AGENCYNET_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value}
    deaths = 0
    while (await row(mongo, "killer"))["state"] == "due":
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLER, NOW.isoformat(), env={**os.environ, **told}
        )
        over = asyncio.create_task(process.wait())

        async def aside(over: asyncio.Task[int] = over) -> bool:
            return over.done() or (await row(mongo, "killer"))["state"] == "aside"

        await eventually(aside, within=30)
        if over.done():
            assert over.result() == -signal.SIGKILL
            deaths += 1
        else:
            await eventually(lambda: left(mongo), until=lambda found: not found)
            process.kill()
            await over
    found = await row(mongo, "killer")
    assert (deaths, found["why"]) == (3, "ended its process")
    assert [each["_id"] async for each in mongo.db.due.find({"state": "aside"}).hint("_id_")] == ["killer"]
    assert not await left(mongo)


# --- from the version before ------------------------------------------------------------------------------


async def test_rows_of_the_version_before_are_moved_once_however_often_a_process_starts(mongo: Mongo) -> None:
    from services.events.upgrade import upgrade

    await mongo.db.jobs.insert_one(
        {"_id": "sweep/m/1", "kind": "sweep", "due": NOW, "meeting_id": "m", "people": ["p"], "asked": 2}
    )
    timer = {"subject": "meeting/m", "wall": "2027-03-01T09:00", "zone": "Europe/Stockholm", "due": NOW}
    kept = {**timer, "version": 100, "after": "", "attempts": 0}
    await mongo.db.timers.insert_many(
        [
            {**kept, "_id": "meeting/m#a", "name": "a", "pending": True},
            {**kept, "_id": "meeting/m#b", "name": "b", "pending": False, "done_at": NOW},
        ]
    )
    for _ in range(2):
        await upgrade(mongo)
    found = {each["_id"]: each async for each in mongo.db.due.find().hint("_id_")}
    assert {id_: (each["kind"], each["subject"], each["state"]) for id_, each in found.items()} == {
        "sweep/m/1": ("sweep", "meeting/m", "due"),
        "meeting/m#a": ("timer", "meeting/m", "due"),
        "meeting/m#b": ("timer", "meeting/m", "done"),
    }
    assert found["sweep/m/1"]["data"] == {"people": ["p"]}
    assert found["meeting/m#a"]["data"]["zone"] == "Europe/Stockholm"
    assert not {"jobs", "timers"} & set(await mongo.db.list_collection_names())


async def test_what_is_due_by_a_date_of_its_own_gets_its_row_once(mongo: Mongo) -> None:
    from shared.due.moving import follow_all

    await mongo.db.things.insert_many([{"_id": "a", "due_at": NOW}, {"_id": "b"}])

    def rows_of(each: dict[str, Any]) -> list[Row]:
        return [Row(each["_id"], "work", each["_id"], each["due_at"])] if "due_at" in each else []

    for _ in range(2):
        await follow_all(mongo, "things", rows_of)
    assert await left(mongo) == ["a"]
    assert (await row(mongo, "a"))["asked"] == 1
