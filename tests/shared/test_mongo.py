"""Transactions."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, InvalidOperation, OperationFailure

from shared.mongo import Mongo, TookTooLong, Transaction, is_transient
from shared.settings import ServiceSettings


async def test_who_is_cancelled_in_the_middle_of_a_commit_ends_as_cancelled(
    settings: ServiceSettings,
) -> None:
    """A cancellation that gets lost keeps a task alive that somebody waits for."""
    mongo = Mongo(settings, "events")
    await mongo.prepare({"things": []})

    async def work(tx: Transaction) -> None:
        await tx.db.things.insert_one({}, session=tx.session)

    outcomes: Counter[str] = Counter()
    for _ in range(300):
        task = asyncio.create_task(mongo.transact(work))
        await asyncio.sleep(random.uniform(0, 0.012))
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        outcomes[type(outcome).__name__] += 1
    mongo.close()
    assert set(outcomes) <= {"NoneType", "CancelledError"}
    assert outcomes["CancelledError"]


async def test_what_a_failed_try_has_left_under_way_writes_nothing(settings: ServiceSettings) -> None:
    """A cursor was moved so by a statement that had waited for a connection while its transaction failed, and
    the records before it were passed over (seed 18).
    """
    apart = "&" if "?" in settings.mongodb else "?"
    mongo = Mongo(
        settings.model_copy(update={"mongodb": f"{settings.mongodb}{apart}maxPoolSize=1"}), "events"
    )
    await mongo.db.things.insert_one({"_id": 1, "next": 5_237})
    busy = asyncio.ensure_future(
        mongo.db.things.find({"_id": 1, "$where": "sleep(800) || true"}).to_list(None)
    )
    await asyncio.sleep(0.2)
    late: list[asyncio.Future[Any]] = []

    async def work(tx: Transaction) -> None:
        if late:
            await asyncio.wait([busy, *late])
            return
        moved = tx.db.things.update_one({"_id": 1}, {"$set": {"next": 5_299}}, session=tx.session)
        late.append(asyncio.ensure_future(moved))
        await asyncio.sleep(0.2)
        raise AutoReconnect("the network is cut")

    await mongo.transact(work)
    assert isinstance(late[0].exception(), InvalidOperation)
    assert await mongo.db.things.find_one({"_id": 1}) == {"_id": 1, "next": 5_237}
    mongo.close()


@asynccontextmanager
async def _short_transactions(mongo: Mongo) -> AsyncIterator[None]:
    """The server ends a transaction after a second."""
    admin = mongo.client.admin
    before = await admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
    try:
        yield
    finally:
        await admin.command("setParameter", 1, transactionLifetimeLimitSeconds=before["was"])


async def test_what_takes_too_long_in_one_transaction_is_done_in_parts(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"things": []})

    async def work(tx: Transaction, part: Sequence[int]) -> int:
        for number in part:
            await tx.db.things.insert_one({"_id": number}, session=tx.session)
            await asyncio.sleep(0.4)
        return len(part)

    async with _short_transactions(mongo):
        done = [each async for each in mongo.in_parts(range(8), work, most=8)]
    assert sum(done) == 8
    assert max(done) < 8
    assert await mongo.db.things.count_documents({"_id": {"$gte": 0}}) == 8
    mongo.close()


async def test_one_thing_that_takes_too_long_is_given_up_as_passing(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"things": []})

    async def work(tx: Transaction) -> None:
        await tx.db.things.insert_one({}, session=tx.session)
        await asyncio.sleep(2.5)

    async with _short_transactions(mongo):
        with pytest.raises(TookTooLong) as given_up:
            await mongo.transact(work)
    assert is_transient(given_up.value)
    mongo.close()


@pytest.mark.parametrize(
    ("code", "passing"),
    [
        (290, True),
        (24, True),
        (112, True),
        (246, True),
        (11602, True),
        (50, True),
        (262, True),
        (43, True),
        (237, True),
        (251, True),
        (11000, False),
        (121, False),
        (13, False),
    ],
)
def test_what_may_work_in_a_moment_is_known_by_its_code(code: int, passing: bool) -> None:
    assert is_transient(OperationFailure("", code)) is passing
    assert is_transient(BulkWriteError({"writeErrors": [{"code": code}]})) is passing


@dataclass
class _Left:
    name: str


@dataclass
class _Joined:
    name: str


async def test_facts_of_one_kind_reach_each_of_its_reactions_in_the_order_of_the_table(
    settings: ServiceSettings,
) -> None:
    heard: list[tuple[str, list[str]]] = []

    def reaction(who: str) -> Any:
        async def hear(_tx: Transaction, facts: Sequence[Any], _now: datetime) -> None:
            heard.append((who, [fact.name for fact in facts]))

        return hear

    table = {_Joined: (reaction("first"),), _Left: (reaction("second"), reaction("third"))}
    mongo = Mongo(settings, "events", table)
    now = datetime.now(UTC)
    await mongo.transact(lambda tx: tx.react([_Left("a"), _Joined("b"), _Left("c")], now))
    mongo.close()
    assert heard == [("first", ["b"]), ("second", ["a", "c"]), ("third", ["a", "c"])]


async def test_a_fact_that_the_table_does_not_name_rolls_everything_back(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"things": []})

    async def work(tx: Transaction) -> None:
        await tx.db.things.insert_one({}, session=tx.session)
        await tx.react([_Left("a")], datetime.now(UTC))

    with pytest.raises(KeyError, match="_Left"):
        await mongo.transact(work)
    assert await mongo.db.things.count_documents({}) == 0
    mongo.close()
