"""When workers in the background look again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from pymongo.errors import AutoReconnect

from shared.mongo import Mongo, Transaction
from shared.observing.health import Progress
from shared.running.rounds import keep_looking
from shared.settings import ServiceSettings

SELDOM = 1.5
Look = Callable[[], Awaitable[bool | None]]


class Looks:
    """When a worker has looked, and what it does then."""

    def __init__(self) -> None:
        self.looked: asyncio.Queue[float] = asyncio.Queue()
        self.next: list[Look] = []
        self._last = monotonic()

    async def look(self) -> bool | None:
        self.looked.put_nowait(monotonic())
        return await self.next.pop(0)() if self.next else None

    async def after(self) -> float:
        """Seconds from the look before to this one."""
        at = await asyncio.wait_for(self.looked.get(), SELDOM + 5)
        took, self._last = at - self._last, at
        return took


@asynccontextmanager
async def a_worker(
    settings: ServiceSettings, soon: float, progress: Progress, *first: Look
) -> AsyncIterator[tuple[Mongo, Looks]]:
    """It has looked once."""
    mongo = Mongo(settings.model_copy(update={"look_seconds": SELDOM}), "events")
    await mongo.prepare({"things": []})
    looks = Looks()
    looks.next.extend(first)
    going = asyncio.create_task(
        keep_looking(mongo, progress, looks.look, soon=soon, postponed="things.postponed")
    )
    try:
        await looks.after()
        yield mongo, looks
    finally:
        going.cancel()
        mongo.close()


async def put_something(mongo: Mongo) -> None:
    async def work(tx: Transaction) -> None:
        await tx.db.things.insert_one({}, session=tx.session)

    await mongo.transact(work)


async def test_where_nothing_happens_a_worker_looks_seldom(settings: ServiceSettings) -> None:
    async with a_worker(settings, 0.1, Progress(15)) as (_, looks):
        assert await looks.after() >= SELDOM - 0.1


async def test_a_commit_makes_it_look_soon_and_not_at_once(settings: ServiceSettings) -> None:
    async with a_worker(settings, 0.3, Progress(15)) as (mongo, looks):
        for _ in range(2):
            await put_something(mongo)
            assert 0.25 < await looks.after() < SELDOM - 0.2


async def test_what_is_committed_while_it_looks_is_looked_at_next(settings: ServiceSettings) -> None:
    async with a_worker(settings, 0.1, Progress(15)) as (mongo, looks):
        looks.next.append(lambda: put_something(mongo))
        await looks.after()
        assert await looks.after() < SELDOM - 0.2
        assert await looks.after() >= SELDOM - 0.1


async def test_where_there_is_more_it_looks_at_once(settings: ServiceSettings) -> None:
    async def more() -> bool:
        return True

    async with a_worker(settings, 0.5, Progress(15), more, more) as (_, looks):
        assert await looks.after() < 0.3
        assert await looks.after() < 0.3
        assert await looks.after() >= SELDOM - 0.1


async def test_mongodb_s_absence_is_waited_out_and_said(settings: ServiceSettings) -> None:
    async def away() -> bool:
        raise AutoReconnect("the primary is gone")

    progress = Progress(0)
    async with a_worker(settings, 0.1, progress, away) as (_, looks):
        await asyncio.sleep(0.05)
        assert not progress.healthy
        assert progress.why == "AutoReconnect"
        await looks.after()
        await asyncio.sleep(0.05)
        assert progress.healthy


async def test_a_fault_of_our_own_ends_the_worker(settings: ServiceSettings) -> None:
    async def broken() -> bool:
        raise KeyError("name")

    mongo = Mongo(settings, "events")
    with pytest.raises(KeyError):
        await keep_looking(mongo, Progress(15), broken, soon=0.1, postponed="things.postponed")
    mongo.close()
