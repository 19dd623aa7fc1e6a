"""The senders: each keeps one connection and hands over one mail at a time."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta

import structlog
from aiosmtplib import SMTP, SMTPException
from prometheus_client import Counter

from services.notify.models import Claim
from services.notify.rules.delays import Failure, failure_of, wait
from services.notify.settings import NotifySettings
from services.notify.store import claims
from services.notify.worker import smtp
from services.notify.worker.claiming import Claiming
from services.notify.worker.marks import Marks
from services.notify.worker.smtp import Late, Lost, NotOurs, Refusal, Stage, TooLate
from shared.health import Progress

log = structlog.get_logger()
_mails = Counter("notify_mails_total", "Tries to hand a mail over, by what came of them", ["outcome"])
_chance = random.Random()


class Sender:
    def __init__(
        self, settings: NotifySettings, claiming: Claiming, marks: Marks, progress: Progress
    ) -> None:
        self._settings = settings
        self._claiming = claiming
        self._marks = marks
        self._progress = progress
        self._client: SMTP | None = None
        self.busy = False

    async def run(self) -> None:
        failures = 0
        try:
            while True:
                claim = await self._claiming.next()
                self.busy = True
                try:
                    reached = await self._send(claim)
                finally:
                    self.busy = False
                    self._claiming.done(claim)
                if reached:
                    failures = 0
                    continue
                failures += 1
                await self._pause(failures)
        finally:
            await self._hang_up()

    async def _send(self, claim: Claim) -> bool:
        """Try this mail; returns whether the mail server deals with mail at all."""
        client = await self._connected()
        if client is None:
            self._marks.settle(claims.release(claim, datetime.now(UTC)))
            self._count("unreachable")
            return False
        try:
            await smtp.hand_over(client, self._settings, claim, self._marks.in_doubt)
        except (Refusal, Lost, NotOurs) as error:
            await self._hang_up()
            return self._settle(claim, error)
        except TooLate:
            await self._hang_up()
            self._marks.settle(claims.too_late(claim))
            self._count("too_late")
            return True
        self._marks.settle(claims.sent(claim, datetime.now(UTC)))
        self._count("sent")
        self._progress.moved()
        return True

    def _settle(self, claim: Claim, error: Refusal | Lost | NotOurs) -> bool:
        if isinstance(error, NotOurs):
            if isinstance(error, Late):
                self._marks.settle(claims.undoubted(claim, datetime.now(UTC)))
            self._count("not_ours")
            return True
        if isinstance(error, Lost):
            if error.stage is Stage.DOT:
                until = datetime.now(UTC) + timedelta(seconds=self._settings.doubt_seconds)
                self._marks.settle(claims.left_in_doubt(claim, until))
                self._count("in_doubt")
            else:
                self._defer(claim, Failure.CLOSED, "connection lost")
            self._progress.stuck("the mail server breaks off")
            return False
        if smtp.is_about_us(error):
            self._defer(claim, Failure.CLOSED, error.reason)
            self._progress.stuck(f"the mail server answers {error.code}")
            return False
        self._progress.moved()
        if error.code >= 500:
            self._marks.settle(claims.failed(claim, error.reason))
            self._count("failed")
        else:
            self._defer(claim, failure_of(error.code, error.text), error.reason)
        return True

    def _defer(self, claim: Claim, failure: Failure, reason: str) -> None:
        seconds = wait(failure, claim.attempts + 1, self._settings.retry_unit_seconds, _chance)
        if seconds is None:
            self._marks.settle(claims.failed(claim, "gave_up"))
            self._count("failed")
            return
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._marks.settle(claims.deferred(claim, reason, until))
        self._count("deferred")

    async def _connected(self) -> SMTP | None:
        if self._client is not None and self._client.is_connected:
            return self._client
        try:
            self._client = await smtp.connect(self._settings)
        except (SMTPException, OSError, ValueError) as error:
            self._progress.stuck(f"the mail server can't be reached: {type(error).__name__}")
            log.warning("smtp.unreachable", error=type(error).__name__)
            return None
        return self._client

    async def _pause(self, failures: int) -> None:
        """One broken connection is this sender's affair. When it happens again nothing is claimed for a
        while, so that mails don't grow old in a claim or use up their tries.
        """
        seconds = random.uniform(0.1, min(5.0, 0.2 * 2**failures))
        if failures == 1:
            await asyncio.sleep(seconds)
            return
        self._claiming.open.clear()
        await self._claiming.give_back_waiting()
        await asyncio.sleep(seconds)
        self._claiming.open.set()

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(SMTPException, OSError):
                client.close()

    @staticmethod
    def _count(outcome: str) -> None:
        _mails.labels(outcome).inc()
