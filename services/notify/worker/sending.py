"""The senders: each keeps one connection and hands over one mail at a time."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta

import structlog
from aiosmtplib import SMTP, SMTPException
from prometheus_client import Counter, Gauge

from services.notify.models import Claim, WholeMail
from services.notify.rules import states
from services.notify.rules.blame import Blame, Evidence, Stage, blame
from services.notify.rules.delays import Failure, failure_of, longest, wait
from services.notify.settings import NotifySettings
from services.notify.worker import smtp
from services.notify.worker.claiming import Claiming
from services.notify.worker.marks import Marks
from services.notify.worker.smtp import Late, Lost, NotOurs, Refusal, TooLate
from shared.observing.health import Progress

log = structlog.get_logger()
_mails = Counter("notify_mails_total", "Tries to hand a mail over, by what came of them", ["outcome"])
_refuses_us = Gauge(
    "notify_mail_server_refuses_us", "1 while the mail server refuses what we send, whoever it is for"
)
_chance = random.Random()
# While the server refuses everybody, the pause grows to the unit of the retry schedules instead.
_LONGEST_PAUSE = 5.0


class Sender:
    def __init__(
        self,
        settings: NotifySettings,
        claiming: Claiming,
        marks: Marks,
        progress: Progress,
        evidence: Evidence[WholeMail],
    ) -> None:
        """`evidence` is shared by the senders of a process."""
        self._settings = settings
        self._claiming = claiming
        self._marks = marks
        self._progress = progress
        self._evidence = evidence
        self._client: SMTP | None = None
        self._longest_pause = _LONGEST_PAUSE
        self.busy = False

    async def run(self) -> None:
        failures = 0
        try:
            while True:
                claim = await self._claiming.next()
                self.busy = True
                self._longest_pause = _LONGEST_PAUSE
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
            self._marks.settle(states.put_back(claim.mail, datetime.now(UTC)))
            self._count("unreachable")
            return False
        try:
            await smtp.hand_over(client, self._settings, claim, self._marks.in_doubt)
        except Refusal as error:
            await self._hang_up()
            return self._refused(claim.mail, error)
        except Lost as error:
            await self._hang_up()
            self._lost(claim.mail, error)
            return False
        except NotOurs as error:
            await self._hang_up()
            if isinstance(error, Late):
                self._marks.settle(states.put_back(claim.mail, datetime.now(UTC)))
            self._count("not_ours")
            return True
        except TooLate:
            await self._hang_up()
            self._marks.settle(states.suppressed(claim.mail, "too_late"))
            self._count("too_late")
            return True
        now = datetime.now(UTC)
        self._marks.settle(states.sent(claim.mail, now))
        self._evidence.took(now)
        self._count("sent")
        self._progress.moved()
        _refuses_us.set(0)
        return True

    def _lost(self, mail: WholeMail, error: Lost) -> None:
        if error.stage is Stage.DOT:
            until = datetime.now(UTC) + timedelta(seconds=self._settings.doubt_seconds)
            self._marks.settle(states.unanswered(mail, until))
            self._count("in_doubt")
        else:
            self._defer(mail, Failure.CLOSED, "connection lost", servers=True)
        self._progress.stuck("the mail server breaks off")

    def _refused(self, mail: WholeMail, error: Refusal) -> bool:
        if error.code == 421:
            self._defer(mail, Failure.CLOSED, error.reason, servers=True)
            self._progress.stuck(f"the mail server answers {error.code}")
            return False
        if error.code < 500:
            self._progress.moved()
            servers = error.stage is Stage.MAIL
            self._defer(mail, failure_of(error.code, error.text), error.reason, servers=servers)
            return True
        found = blame(error.stage, error.code, error.text)
        by_address = states.failed(mail, error.reason, address_refused=True)
        match self._evidence.judge(found, mail.address, by_address.mail, mail.refused_at):
            case Blame.US:
                self._keep(mail, error)
                return False
            case Blame.UNCLEAR:
                self._defer(mail, Failure.REFUSED, error.reason)
            case Blame.ADDRESS:
                self._fail(by_address)
            case Blame.MESSAGE:
                self._fail(states.failed(mail, error.reason))
        self._progress.moved()
        return True

    def _keep(self, mail: WholeMail, error: Refusal) -> None:
        """Whoever the mail is for, the server refuses it: no mail has failed by that."""
        unit = self._settings.retry_unit_seconds
        until = datetime.now(UTC) + timedelta(seconds=unit * _chance.uniform(0.5, 1))
        self._marks.settle(states.kept(mail, error.reason, until))
        for wronged in self._evidence.wronged():
            self._marks.settle(states.revived(wronged, until))
        self._longest_pause = max(_LONGEST_PAUSE, unit)
        self._progress.stuck(f"the mail server refuses our mail: {error.reason} at {error.stage.name}")
        _refuses_us.set(1)
        log.error("smtp.refuses_us", stage=error.stage.name, reason=error.reason)
        self._count("refused")

    def _fail(self, step: states.Step[WholeMail]) -> None:
        self._marks.settle(step)
        self._count("failed")

    def _defer(self, mail: WholeMail, failure: Failure, reason: str, *, servers: bool = False) -> None:
        """`servers`: the server's own trouble, for which no mail is given up while nobody's mail is taken."""
        now, unit = datetime.now(UTC), self._settings.retry_unit_seconds
        seconds = wait(failure, mail.attempts + 1, unit, _chance)
        if seconds is None and servers and not self._takes_others(now, longest(failure, unit)):
            self._marks.settle(states.kept(mail, reason, now + timedelta(seconds=unit)))
            self._count("deferred")
            return
        if seconds is None:
            self._fail(states.failed(mail, reason if failure is Failure.REFUSED else "gave_up"))
            return
        until = now + timedelta(seconds=seconds)
        refused_at = now if failure is Failure.REFUSED else None
        self._marks.settle(states.deferred(mail, reason, until, refused_at=refused_at))
        self._count("deferred")

    def _takes_others(self, now: datetime, within: float) -> bool:
        taken_at = self._evidence.taken_at
        return taken_at is not None and now - taken_at < timedelta(seconds=within)

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
        seconds = random.uniform(0.1, min(self._longest_pause, 0.2 * 2 ** min(failures, 20)))
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
