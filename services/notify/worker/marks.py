"""What the senders write, grouped: one round trip with majority for all that came together."""

import asyncio
import random
from collections.abc import Callable
from time import monotonic

import structlog
from pymongo.errors import PyMongoError

from services.notify.models import Claim, WholeMail
from services.notify.rules.states import Step, doubted
from services.notify.store import claims
from shared import failpoints
from shared.mongo import Mongo
from shared.observing.health import Progress
from shared.running.rounds import heard

_LINGER = 0.01
_TOGETHER = 0.05
log = structlog.get_logger()


class Marks:
    """One writer for several senders. A sender's next `in_doubt` is never written before its last `sent`, so
    that at most one mail of each sender is ever in doubt.
    """

    def __init__(self, mongo: Mongo, progress: Progress, busy: Callable[[], int]) -> None:
        """`busy` tells how many senders have a mail, and will ask for its mark or have done so."""
        self._mongo = mongo
        self._progress = progress
        self._busy = busy
        self._settled: list[Step[WholeMail]] = []
        self._doubts: list[tuple[Claim, asyncio.Future[bool]]] = []
        self._work = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._all_ask = asyncio.Event()
        self._wrote_in = 0.0

    def settle(self, step: Step[WholeMail]) -> None:
        """Written with the next group, in order."""
        self._settled.append(step)
        self._wake()

    async def in_doubt(self, claim: Claim) -> bool:
        """Whether the mail is this claim's to send; True only when that is written for good."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._doubts.append((claim, answer))
        self._urgent.set()
        if len(self._doubts) < self._busy():
            self._all_ask.clear()
        else:
            self._all_ask.set()
        self._wake()
        return await answer

    def _wake(self) -> None:
        self._idle.clear()
        self._work.set()

    async def flush(self) -> None:
        """Return when all that was asked for is written."""
        await self._idle.wait()

    async def run(self) -> None:
        while True:
            await self._work.wait()
            # Nobody waits for what is settled, and whoever settled it asks for the next mark right after.
            await heard(self._urgent, _LINGER)
            if self._doubts:
                # What a write costs three members is the same for one mark and for all. Nobody waits longer
                # than the last one took, so that a mail which hangs can't hold up the others.
                await heard(self._all_ask, min(_TOGETHER, self._wrote_in))
            self._work.clear()
            self._urgent.clear()
            settled, self._settled = self._settled, []
            doubts, self._doubts = self._doubts, []
            mine = await self._write(settled, [claim for claim, _ in doubts])
            failpoints.passing("mail.marked")
            for claim, answer in doubts:
                if not answer.done():
                    answer.set_result(claim.id in mine)
            if not self._settled and not self._doubts:
                self._idle.set()

    async def _write(self, settled: list[Step[WholeMail]], doubts: list[Claim]) -> set[str]:
        """Again until it is written: what was sent must not be forgotten. Every mark is a compare-and-set,
        so that one that is written twice does nothing the second time.
        """
        attempt = 0
        while True:
            began = monotonic()
            try:
                steps = [*settled, *(doubted(claim.mail) for claim in doubts)]
                marks = [claims.mark(step) for step in steps]
                met = await claims.write(self._mongo.db, marks)
                self._mongo.committed()
                self._wrote_in = monotonic() - began
                if met == len(marks):
                    return {claim.id for claim in doubts}
                # Some were not ours any more, or written already by a try whose answer was lost.
                return await claims.marked(self._mongo.db, doubts) if doubts else set()
            except PyMongoError as error:
                attempt += 1
                self._progress.stuck(f"{type(error).__name__} while writing what was sent")
                log.warning("marks.postponed", error=type(error).__name__, count=len(settled))
                await asyncio.sleep(random.uniform(0.05, min(2.0, 0.1 * 2**attempt)))
