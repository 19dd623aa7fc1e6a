"""Looking until something can be seen, or time is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

# Longer than a service takes to be restarted after a crash, with its leases and doubts passing on.
PATIENCE = 90.0
Seen = TypeVar("Seen")


class DidNotHappen(Exception):  # noqa: N818 - errors name the situation
    """The story can't go on: something that it should have led to could not be observed."""


async def eventually(
    what: str,
    look: Callable[[], Awaitable[Seen]],
    until: Callable[[Seen], object] = bool,
    within: float = PATIENCE,
) -> Seen:
    """What `look` sees as soon as `until` holds of it. Raises DidNotHappen."""
    deadline = time.monotonic() + within
    pause = 0.05
    while True:
        seen = await look()
        if until(seen):
            return seen
        if time.monotonic() > deadline:
            raise DidNotHappen(f"{what}: not within {within:.0f} seconds. Last seen: {str(seen)[:300]}")
        await asyncio.sleep(pause)
        pause = min(0.5, pause * 1.3)


def require(what: str, holds: object, seen: object = "") -> None:
    """Raises DidNotHappen unless it holds."""
    if not holds:
        raise DidNotHappen(f"{what}. Seen: {str(seen)[:300]}" if seen != "" else what)
