"""What a row of the fault suite works with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, TypeVar

from tests.faults import checks
from tests.faults.cluster import Cluster
from tests.faults.load import Load
from tests.faults.own_time import OwnTime
from tests.faults.stage import Stage

Seen = TypeVar("Seen")
# However busy the machine is with something else, and however slow: a row ends.
_LONGEST, _SLOWEST = 300.0, 3.0


class Broken(Exception):  # noqa: N818 - errors name the situation
    """Something that was promised did not hold."""


class NotRun(Exception):  # noqa: N818
    """The machine does not allow the fault; which is not to say that it was passed."""


@dataclass
class Scene:
    cluster: Cluster
    load: Load
    stage: Stage
    rng: Random
    short: bool
    clock: OwnTime
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    may_repeat: int = 0
    """Mails of which nobody can know whether they went out: each may come once more."""

    def require(self, holds: object, what: str) -> None:
        """Raises Broken."""
        if not holds:
            raise Broken(what)

    def measured(self, name: str, value: object) -> None:
        self.figures[name] = round(value, 2) if isinstance(value, float) else value

    def undecidable(self, mails: int) -> None:
        self.may_repeat += mails

    def now(self) -> float:
        """Seconds, as budgets count them (own_time.py)."""
        return self.clock.now()

    async def until(
        self,
        what: str,
        look: Callable[[], Awaitable[Seen]],
        holds: Callable[[Seen], object] = bool,
        *,
        within: float,
        every: float = 0.1,
    ) -> float:
        """Seconds until it holds, looked at as often as that. Raises Broken."""
        began, wall = self.now(), monotonic()
        while not holds(seen := await look()):
            if self.now() - began > within or monotonic() - wall > max(_LONGEST, _SLOWEST * within):
                raise Broken(f"{what}: not after {self.now() - began:.0f} s, but {_brief(seen)}")
            await asyncio.sleep(every)
        return self.now() - began

    async def settled(self, within: float) -> float:
        """Seconds until all that was acknowledged so far has arrived everywhere and every mail is sent.
        Raises Broken.
        """
        return await self.until(
            "what was acknowledged has arrived", await self._arriving(), _nothing, within=within
        )

    async def works_again(self, since: float, within: float, after: str = "") -> float:
        """Seconds from `since`, by `now`, until something new goes all the way through. What is in doubt, and
        waits on purpose, is left to `settled`. Raises Broken.
        """
        pending = await checks.probe(self.load, self.rng)
        late: list[str] = []

        async def missing() -> list[str]:
            found = await checks.missing(self.cluster, self.load, pending)
            # What came last tells who was slow.
            late[:] = found or late
            return found

        await self.until("it works again", missing, _nothing, within=60)
        took = self.now() - since
        # A mutant is to be caught by what it loses, and not by the clock.
        in_time = took <= within or self.cluster.mutant
        self.require(
            in_time, f"it took {took:.1f} s to work again{after}, not {within}; last came {_brief(late)}"
        )
        return took

    async def _arriving(self) -> Callable[[], Awaitable[list[str]]]:
        """Tells what is missing of all that was promised until now; the load goes on beside it."""
        flushing = asyncio.create_task(self.load.flush())

        async def flushed() -> bool:
            return flushing.done()

        try:
            await self.until("the broker acknowledges what was sent", flushed, within=60)
        finally:
            flushing.cancel()
        pending = self.load.ledger.pending()

        async def look() -> list[str]:
            return await checks.missing(self.cluster, self.load, pending) or await self.stage.undone()

        return look


def _nothing(found: Collection[object]) -> bool:
    return not found


def _brief(seen: object) -> str:
    text = repr(seen)
    return text if len(text) < 300 else f"{text[:300]} …"
