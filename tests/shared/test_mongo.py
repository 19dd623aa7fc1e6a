"""Transactions."""

import asyncio
import random
from collections import Counter

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
