"""Long work on the event loop, in turns with everybody else's."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import monotonic
from typing import TypeVar

Thing = TypeVar("Thing")
# Who reads a page takes a handful of turns, and waits in each for all who work through a batch.
_TURN_SECONDS = 0.002


async def fairly(things: Iterable[Thing]) -> AsyncIterator[Thing]:
    """Each of the things in order; after every two milliseconds of work on them, others have their turn."""
    began = monotonic()
    for thing in things:
        yield thing
        if monotonic() - began > _TURN_SECONDS:
            await asyncio.sleep(0)
            began = monotonic()
