"""Long work on the event loop or beside it, in turns with everybody else's."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from time import monotonic, sleep
from typing import TypeVar

Thing = TypeVar("Thing")
# Who reads a page takes a handful of turns, and waits in each for all who work through a batch.
_TURN_SECONDS = 0.002
# Enough for another thread to wake up and take the interpreter.
_AWAY_SECONDS = 0.0001


async def fairly(things: Iterable[Thing]) -> AsyncIterator[Thing]:
    """Each of the things in order; after every two milliseconds of work on them, others have their turn."""
    began = monotonic()
    for thing in things:
        yield thing
        if monotonic() - began > _TURN_SECONDS:
            await asyncio.sleep(0)
            began = monotonic()


def giving_way(things: Iterable[Thing]) -> Iterator[Thing]:
    """The same in a thread of its own: the event loop is not held up for the five milliseconds after which
    Python takes the interpreter from one thread for another, each time it has waited for something.
    """
    began = monotonic()
    for thing in things:
        yield thing
        if monotonic() - began > _TURN_SECONDS:
            sleep(_AWAY_SECONDS)
            began = monotonic()
