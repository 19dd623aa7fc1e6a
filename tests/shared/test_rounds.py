"""When workers in the background look again."""

import asyncio
from time import monotonic

from shared.mongo import Mongo, Transaction
from shared.rounds import Rounds
from shared.settings import ServiceSettings

SELDOM = 1.5


async def a_mongo(settings: ServiceSettings) -> Mongo:
    mongo = Mongo(settings.model_copy(update={"look_seconds": SELDOM}), "events")
    await mongo.prepare({"things": []})
    return mongo


async def paused(rounds: Rounds) -> float:
    began = monotonic()
    await rounds.pause()
    return monotonic() - began


async def put_something(mongo: Mongo) -> None:
    async def work(tx: Transaction) -> None:
        await tx.db.things.insert_one({}, session=tx.session)

    await mongo.transact(work)


async def test_where_nothing_happens_a_worker_looks_seldom(settings: ServiceSettings) -> None:
    mongo = await a_mongo(settings)
    assert await paused(Rounds(mongo, 0.1)) >= SELDOM - 0.1
    mongo.close()


async def test_a_commit_makes_it_look_soon_and_not_at_once(settings: ServiceSettings) -> None:
    mongo = await a_mongo(settings)
    rounds = Rounds(mongo, 0.3)
    for _ in range(2):
        pause = asyncio.create_task(paused(rounds))
        await asyncio.sleep(0.01)
        await put_something(mongo)
        assert 0.25 < await pause < SELDOM - 0.2
    mongo.close()


async def test_what_is_committed_while_it_looks_is_looked_at_next(settings: ServiceSettings) -> None:
    mongo = await a_mongo(settings)
    rounds = Rounds(mongo, 0.1)
    await paused(rounds)
    await put_something(mongo)
    assert await paused(rounds) < SELDOM - 0.2
    assert await paused(rounds) >= SELDOM - 0.1
    mongo.close()
