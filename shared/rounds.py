"""When those who work in the background look for work again.

A look costs what a request costs, in every process, and where nothing happens looks are all that a service
does. So they look soon after this process has committed something, and seldom otherwise: for what is due by
the clock, and for what another process has left behind.
"""

import asyncio
import contextlib

from shared.mongo import Mongo


async def heard(event: asyncio.Event, within: float) -> None:
    """Return when it is set, and after `within` seconds in any case."""
    # Not wait_for: in Python 3.11 it can lose a cancellation, and nothing ends the loops that wait here.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()


class Rounds:
    """The looks of one worker: at least `soon` seconds apart, at most `AGENCYNET_LOOK_SECONDS`."""

    def __init__(self, mongo: Mongo, soon: float) -> None:
        self._soon = soon
        self._seldom = max(0.0, mongo.look_seconds - soon)
        self._committed = asyncio.Event()
        mongo.when_committed(self._committed.set)

    async def pause(self) -> None:
        """Until the next look."""
        await asyncio.sleep(self._soon)
        await heard(self._committed, self._seldom)
        self._committed.clear()
