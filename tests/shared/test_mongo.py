"""Transactions."""

import asyncio
import random
from collections import Counter
from typing import Any

from pymongo.errors import AutoReconnect, InvalidOperation

from shared.mongo import Mongo, Transaction
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
