"""Who starts in the place of a process that was killed need not wait until the others believe in its death."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import psutil

from agencynet.stack import Process
from services.notify.store import claims
from shared import due
from shared.consuming.membership import Membership
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.due.rows import claim_next
from shared.mongo import Mongo, Transaction
from shared.observing.health import Health
from shared.running import leases, succession
from shared.settings import ServiceSettings
from tests.harness import a_person, eventually, publish

_SERVE = """
import sys
from services.events.app import SPEC
from shared.service import serve
from shared.settings import ServiceSettings
sys.exit(serve(SPEC, ServiceSettings(), port=0))
"""


@asynccontextmanager
async def events_process(
    folder: Path, settings: ServiceSettings, crash_at: str = ""
) -> AsyncIterator[Process]:
    told = {
        "AGENCYNET_KAFKA": settings.kafka,
        "AGENCYNET_MONGODB": settings.mongodb,
        "AGENCYNET_NAMESPACE": settings.namespace,
        "AGENCYNET_INSTANCE": "events-1",
        "AGENCYNET_SESSION_SECONDS": "60",
        "AGENCYNET_CRASH_AT": crash_at,
        "AGENCYNET_LOG_LEVEL": "error",
    }
    process = Process("events", [sys.executable, "-c", _SERVE], folder / "events.log", env=told)
    process.start()
    try:
        yield process
    finally:
        await process.kill()


async def test_a_consumer_that_was_killed_in_its_transaction_is_followed_at_once(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    """By the one that stood by. Kafka would wait a minute for its session, and MongoDB ten seconds for its
    transaction.
    """
    mongo = Mongo(settings, "events")
    async with events_process(tmp_path, settings, "transaction.written:2") as process:
        await publish(settings, DIRECTORY_PEOPLE, first := a_person())
        await eventually(lambda: mongo.db.people.find_one({"_id": first.id}), within=30)
        worker, began = process.worker, monotonic()
        await publish(settings, DIRECTORY_PEOPLE, second := a_person())
        await eventually(lambda: mongo.db.people.find_one({"_id": second.id}), within=30)
        assert process.worker != worker
        # A second on a quiet machine; what matters is that no timeout was waited for.
        assert monotonic() - began < 9
    mongo.close()


async def test_who_starts_anew_follows_one_that_was_killed_in_its_transaction_at_once(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    mongo = Mongo(settings, "events")
    async with events_process(tmp_path, settings, "transaction.written:2") as process:
        await publish(settings, DIRECTORY_PEOPLE, first := a_person())
        await eventually(lambda: mongo.db.people.find_one({"_id": first.id}), within=30)
        worker = psutil.Process(process.worker)
        # It does not see its worker die.
        process.signal(signal.SIGSTOP)
        await publish(settings, DIRECTORY_PEOPLE, second := a_person())
        await eventually(lambda: _status(worker), until=lambda status: status == psutil.STATUS_ZOMBIE)
        assert await mongo.db.people.find_one({"_id": second.id}) is None
    began = monotonic()
    async with events_process(tmp_path, settings):
        await eventually(lambda: mongo.db.people.find_one({"_id": second.id}), within=30)
    # Starting takes two seconds on a quiet machine.
    assert monotonic() - began < 9
    mongo.close()


async def _status(process: psutil.Process) -> str:
    return process.status()


async def test_who_is_started_after_all_of_a_process_was_killed_follows_at_once(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    mongo = Mongo(settings, "events")
    async with events_process(tmp_path, settings) as process:
        await publish(settings, DIRECTORY_PEOPLE, first := a_person())
        await eventually(lambda: mongo.db.people.find_one({"_id": first.id}), within=30)
        await process.kill()
    await publish(settings, DIRECTORY_PEOPLE, second := a_person())
    began = monotonic()
    async with events_process(tmp_path, settings):
        await eventually(lambda: mongo.db.people.find_one({"_id": second.id}), within=30)
    # Starting takes two seconds on a quiet machine.
    assert monotonic() - began < 9
    mongo.close()


async def test_only_transactions_of_the_same_name_are_ended(settings: ServiceSettings) -> None:
    async def kept_open(name: str) -> tuple[Mongo, asyncio.Event, asyncio.Task[None]]:
        mongo = Mongo(settings.model_copy(update={"instance": name}), "events")
        await mongo.prepare({"things": []})
        written, go_on = asyncio.Event(), asyncio.Event()

        async def work(tx: Transaction) -> None:
            await tx.db.things.insert_one({"_id": name}, session=tx.session)
            written.set()
            await go_on.wait()

        task = asyncio.create_task(mongo.transact(work, patience=0))
        await written.wait()
        return mongo, go_on, task

    mine, go_on, ended = await kept_open("here:1")
    other, go_on_too, untouched = await kept_open("here:2")
    successor = Mongo(settings.model_copy(update={"instance": "here:1"}), "events")
    assert await succession.end_transactions(mine) == 0, "its own go on"
    assert await succession.end_transactions(successor) == 1
    go_on.set()
    go_on_too.set()
    found = await asyncio.gather(ended, untouched, return_exceptions=True)
    assert isinstance(found[0], Exception)
    assert found[1] is None
    assert [thing["_id"] async for thing in other.db.things.find({"_id": {"$gt": ""}})] == ["here:2"]
    for mongo in (mine, other, successor):
        mongo.close()


async def test_a_transaction_that_reaches_mongodb_after_its_process_has_died_is_ended_all_the_same(
    settings: ServiceSettings,
) -> None:
    named = settings.model_copy(update={"instance": "here:1"})
    dead, successor = Mongo(named, "events"), Mongo(named, "events")
    await successor.prepare({"things": []})
    assert await succession.end_transactions(successor) == 0
    looking_again = asyncio.create_task(succession.end_late_transactions(successor))
    async with await dead.client.start_session() as session, session.start_transaction():
        await dead.db.things.insert_one({"_id": "locked"}, session=session)
        await looking_again
        began = monotonic()
        await successor.transact(
            lambda tx: tx.db.things.insert_one({"_id": "locked"}, session=tx.session), patience=5
        )
        assert monotonic() - began < 1
        await session.abort_transaction()
    for mongo in (dead, successor):
        mongo.close()


async def test_a_dead_process_s_mails_are_due_at_once_but_not_those_in_doubt(
    settings: ServiceSettings,
) -> None:
    mongo = Mongo(settings, "notify")
    now = datetime.now(UTC).replace(microsecond=0)
    later = now + timedelta(seconds=30)
    rows = [("mine", "sending", "a/1"), ("in doubt", "in_doubt", "a/1"), ("another's", "sending", "ab/1")]
    await mongo.db.notifications.insert_many(
        [{"_id": id_, "state": state, "claim": claim, "due_at": later} for id_, state, claim in rows]
    )
    await mongo.db.notifications.create_index("due_at")
    await claims.inherit(mongo.db, "a", now)
    due = mongo.db.notifications.find({"due_at": {"$lte": now}})
    assert [row["_id"] async for row in due] == ["mine"]
    mongo.close()


async def test_a_dead_process_s_leases_are_anybody_s_at_once_and_nobody_else_s(
    settings: ServiceSettings,
) -> None:
    def process(name: str) -> Mongo:
        return Mongo(settings.model_copy(update={"instance": name}), "events")

    dead, successor, other = process("a"), process("a"), process("ab")
    await other.prepare({"leases": []})
    assert await leases.hold(dead.db, "relay", leases.owner(dead))
    assert await leases.hold(other.db, "sealing", leases.owner(other))
    assert not await leases.hold(successor.db, "relay", leases.owner(successor))
    await leases.inherit(successor)
    assert await leases.hold(successor.db, "relay", leases.owner(successor))
    assert not await leases.hold(successor.db, "sealing", leases.owner(successor))
    for mongo in (dead, successor, other):
        mongo.close()


async def test_a_dead_process_s_due_work_is_anybody_s_at_once_and_others_keep_theirs(
    settings: ServiceSettings,
) -> None:
    mongo = Mongo(settings, "events")
    await mongo.prepare(due.INDEXES)
    now = datetime.now(UTC).replace(microsecond=0)
    rows = [due.Row(name, "sweep", name, now) for name in ("mine", "other")]
    await mongo.transact(lambda tx: due.schedule(tx, rows))
    for token, tired in (("a/1", "other"), ("ab/1", "mine")):
        assert await claim_next(mongo.db, ["sweep"], now, token, tired=[tired], suspects=True)
    await due.inherit(mongo.db, "a", now)
    again = await claim_next(mongo.db, ["sweep"], now, "b/1", tired=(), suspects=True)
    # The first try stays counted: perhaps the process died of it.
    assert again
    assert (again.id, again.tries) == ("mine", 2)
    assert await claim_next(mongo.db, ["sweep"], now, "b/2", tired=(), suspects=True) is None
    mongo.close()


async def test_a_service_that_starts_while_kafka_is_away_waits_for_it(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")
    health = Health()
    health.watch("consumer")
    away = settings.model_copy(update={"kafka": "127.0.0.1:9"})
    consumer = Membership(away, mongo, "events", [], health)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: _why(health), until=lambda why: "from Kafka" in why)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mongo.close()


async def _why(health: Health) -> str:
    return health.parts["consumer"].why
