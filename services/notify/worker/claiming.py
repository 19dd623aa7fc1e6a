"""Claims mails ahead of the senders, and keeps hold of them while they wait."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from services.notify.handlers.preparing import prepare
from services.notify.models import Claim
from services.notify.rules import states
from services.notify.settings import NotifySettings
from services.notify.store import claims
from shared import failpoints
from shared.moments import now_ms
from shared.mongo import Mongo
from shared.observing.health import Progress
from shared.running.rounds import heard

log = structlog.get_logger()
# Not as seldom as others look (shared/running/rounds.py): what is put off for a second should not take three.
_POLL = 0.25
# The last look at a mail is at most this old when the mail goes out.
_FRESH = 10.0
# A mail server that takes longer than this for one mail of each sender holds up those that wait behind them.
_HANGING = 2.0


class Claiming:
    """Hands out prepared mails, one to a sender. While `open` is cleared, or all senders hang, nothing is
    claimed.
    """

    def __init__(self, mongo: Mongo, settings: NotifySettings, progress: Progress, instance: str) -> None:
        self._db = mongo.db
        self._settings = settings
        self._progress = progress
        self._instance = instance
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._queue: asyncio.Queue[Claim] = asyncio.Queue()
        self._held: dict[str, Claim] = {}
        self._room = asyncio.Event()
        self._wake = asyncio.Event()
        self._free = 0
        self._asked = asyncio.Event()
        self._handed_at = monotonic()
        self.open = asyncio.Event()
        self.open.set()
        mongo.when_announced(self._wake.set)

    async def next(self) -> Claim:
        """A mail to send; it is kept hold of until it is `done`."""
        while True:
            claim = await self._first()
            if self._queue.qsize() <= self._settings.ahead // 2:
                self._room.set()
            if monotonic() - claim.claimed_at < _FRESH:
                return claim
            await self._give_back([claim])

    async def _first(self) -> Claim:
        self._free += 1
        self._asked.set()
        try:
            claim = await self._queue.get()
        finally:
            self._free -= 1
        self._handed_at = monotonic()
        return claim

    def done(self, claim: Claim) -> None:
        self._held.pop(claim.id, None)

    async def run(self) -> None:
        """Claim whenever half of what was claimed ahead is handed out."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._prolong())
                tasks.create_task(self._claim())
                tasks.create_task(self._give_way())
        finally:
            await self._give_back(list(self._waiting()))

    async def _claim(self) -> None:
        while True:
            await self.open.wait()
            await self._asked.wait()
            self._wake.clear()
            try:
                found = await self._fill()
            except PyMongoError as error:
                self._progress.stuck(f"{type(error).__name__} while claiming")
                log.warning("claims.postponed", error=type(error).__name__)
                found = 0
            if not found:
                await heard(self._wake, _POLL)
            elif self._queue.qsize() > self._settings.ahead // 2:
                self._room.clear()
                await self._room.wait()

    async def _fill(self) -> int:
        token = f"{self._instance}/{uuid_utils.uuid7()}"
        now = now_ms(datetime.now(UTC))
        mails = await claims.take(self._db, token, now, self._lease, self._settings.ahead)
        if mails:
            failpoints.passing("mail.claimed")
            for claim in await prepare(self._db, self._settings, mails, now):
                self._held[claim.id] = claim
                self._queue.put_nowait(claim)
            failpoints.passing("mail.prepared")
        return len(mails)

    async def _give_way(self) -> None:
        """While all senders hang, what waits for them is for other processes to send."""
        while True:
            await asyncio.sleep(_HANGING / 4)
            if not self._free and monotonic() - self._handed_at > _HANGING:
                self._asked.clear()
                await self.give_back_waiting()

    async def _prolong(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            try:
                await claims.prolong(self._db, self._held.values(), datetime.now(UTC) + self._lease)
            except PyMongoError as error:
                log.warning("claims.not_prolonged", error=type(error).__name__)

    def _waiting(self) -> Iterator[Claim]:
        while not self._queue.empty():
            yield self._queue.get_nowait()

    async def give_back_waiting(self) -> None:
        """All that no sender has yet, for anybody to claim at once."""
        given = list(self._waiting())
        # No sender makes room any more: there is nothing left to take.
        self._room.set()
        await self._give_back(given)

    async def _give_back(self, given: list[Claim]) -> None:
        for claim in given:
            self._held.pop(claim.id, None)
        if not given:
            return
        now = datetime.now(UTC)
        # Where it fails their lease runs out, which is the same a little later.
        with contextlib.suppress(PyMongoError):
            await claims.write(self._db, [claims.mark(states.put_back(claim.mail, now)) for claim in given])
