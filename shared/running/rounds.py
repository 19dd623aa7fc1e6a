"""When those who work in the background look for work again.

A look costs what a request costs, in every process, and where nothing happens looks are all that a service
does. So they look soon after this process has committed something, and seldom otherwise: for what is due by
the clock, and for what another process has left behind.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.mongo import Mongo
from shared.observing.health import Progress

log = structlog.get_logger()


async def heard(event: asyncio.Event, within: float) -> None:
    """Return when it is set, and after `within` seconds in any case."""
    # Not wait_for: in Python 3.11 it can lose a cancellation, and nothing ends the loops that wait here.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()


async def keep_looking(
    mongo: Mongo,
    progress: Progress,
    look: Callable[[], Awaitable[bool | None]],
    *,
    soon: float,
    postponed: str,
) -> NoReturn:
    """Look again and again: at least `soon` seconds apart, at most `AGENCYNET_LOOK_SECONDS`, and at once when
    `look` says that there may be more. When MongoDB or Kafka is away it is tried again, and `postponed` is
    logged; any other error is raised.
    """
    seldom = max(0.0, mongo.look_seconds - soon)
    committed = asyncio.Event()
    mongo.when_committed(committed.set)
    while True:
        try:
            more = await look()
            progress.moved()
        except (PyMongoError, KafkaError, TimeoutError) as error:
            more = False
            progress.stuck(type(error).__name__)
            log.warning(postponed, error=type(error).__name__)
        if not more:
            await asyncio.sleep(soon)
            await heard(committed, seldom)
            committed.clear()
