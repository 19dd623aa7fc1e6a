"""What goes in while things break, from a seed: staff records and requests to tell people something. What the
broker acknowledged is kept: that is what must not be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import structlog
import uuid_utils
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.notify.mail.examples import EXAMPLES
from shared.contracts.envelope import Trace, encode
from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_REQUESTS, STAFF_PREFIX
from shared.settings import ServiceSettings
from tests.faults.people import STAGE, Employee, message

log = structlog.get_logger()
# An agency's system sends what a job of its has found, not one record after another, and each when it runs.
_TICK = 1.0
_KIND = "events.participant_left"


@dataclass
class Pending:
    """What must still arrive of what was acknowledged up to a moment."""

    people: dict[Employee, int]
    requests: set[str]


@dataclass
class Ledger:
    """Who was sent, and acknowledged, in which version; and what people were to be told."""

    tried: dict[Employee, int] = field(default_factory=dict[Employee, int])
    acknowledged: dict[Employee, int] = field(default_factory=dict[Employee, int])
    left: set[Employee] = field(default_factory=set[Employee])
    unseen: dict[Employee, int] = field(default_factory=dict[Employee, int])
    """Acknowledged versions that were not yet seen to have arrived everywhere."""
    requests: set[str] = field(default_factory=set[str])
    unsent: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    """Requests whose mail the mail server was told to refuse for good."""
    records: int = 0

    def pending(self) -> Pending:
        return Pending(dict(self.unseen), set(self.unsent))

    def saw(self, who: Employee, version: int) -> None:
        if self.unseen.get(who, 0) <= version:
            self.unseen.pop(who, None)


@dataclass
class Load:
    settings: ServiceSettings
    now: Callable[[], float]
    """Seconds, as budgets count them: a machine that is half as fast is given half as much."""
    rng: Random
    agencies: tuple[str, ...]
    staff: int
    """How many work at each agency at the beginning; a tenth more are hired as it goes on."""
    ledger: Ledger = field(default_factory=Ledger)
    ends: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    """By topic and partition: after the last that was acknowledged to the load."""
    records_per_second: float = 0.0
    mails_per_second: float = 0.0
    _producer: AIOKafkaProducer = field(init=False)
    _task: asyncio.Task[None] | None = None
    _under_way: set[asyncio.Future[Any]] = field(default_factory=set[asyncio.Future[Any]])

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka, acks="all", linger_ms=20, request_timeout_ms=60_000
        )
        await self._producer.start()
        self._task = asyncio.create_task(self._run(), name="load")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._producer.stop()

    def pace(self, records: float, mails: float) -> None:
        """How much a second from now on."""
        self.records_per_second, self.mails_per_second = records, mails

    async def silence(self) -> None:
        """Nothing more goes in once this returns."""
        self.pace(0, 0)
        await asyncio.sleep(_TICK)

    async def _run(self) -> None:
        records = mails = 0.0
        last = self.now()
        while True:
            passed, last = self.now() - last, self.now()
            records += self.records_per_second * passed
            mails += self.mails_per_second * passed
            agency = self.rng.choice(self.agencies)
            for _ in range(int(records)):
                await self.publish(self._somebody(agency))
            for _ in range(int(mails)):
                await self.tell(self.known())
            records, mails = records % 1, mails % 1
            await asyncio.sleep(_TICK)

    def _somebody(self, agency: str) -> Employee:
        """Mostly of the staff there is, sometimes somebody new."""
        return Employee(agency, self.rng.randrange(STAGE, self.staff * 11 // 10))

    def known(self) -> Employee:
        return Employee(self.rng.choice(self.agencies), self.rng.randrange(STAGE, self.staff))

    async def everybody(self) -> None:
        """The staff there is at the beginning."""
        for agency in self.agencies:
            for number in range(self.staff):
                await self.publish(Employee(agency, number))
        await self.flush()

    async def publish(self, who: Employee, *, left: bool = False) -> None:
        """Their next version. Returns before it is acknowledged."""
        version = self.ledger.tried.get(who, 0) + 1
        self.ledger.tried[who] = version
        if left:
            self.ledger.left.add(who)

        def acknowledged() -> None:
            self.ledger.acknowledged[who] = max(version, self.ledger.acknowledged.get(who, 0))
            self.ledger.unseen[who] = self.ledger.acknowledged[who]
            self.ledger.records += 1

        await self._send(
            STAFF_PREFIX + who.agency, who.employee_id, message(who, version, left=left), acknowledged
        )

    async def tell(self, who: Employee) -> str:
        """Ask for a mail about something of its own; returns the request's id."""
        request = Request(
            person_id=who.id,
            kind=_KIND,
            subject=f"load/{uuid_utils.uuid7()}",
            subject_version=1,
            data=EXAMPLES[_KIND].model_dump(mode="json"),
        )
        value = encode(
            message_id=request.id,
            source="/events",
            kind=NOTIFY_REQUESTS.type,
            subject=request.person_id,
            data=request,
            trace=Trace(f"faults-{request.id}"),
            now=datetime.now(UTC),
        )

        def acknowledged() -> None:
            self.ledger.requests.add(request.id)
            self.ledger.unsent.add(request.id)

        await self._send(NOTIFY_REQUESTS.name, request.person_id, value, acknowledged)
        return request.id

    async def send_raw(self, topic: str, key: str, value: bytes | None) -> None:
        """Something that the ledger takes no note of."""
        await self._send(topic, key, value, lambda: None)

    async def _send(
        self, topic: str, key: str, value: bytes | None, acknowledged: Callable[[], None]
    ) -> None:
        def answered(sent: asyncio.Future[Any]) -> None:
            self._under_way.discard(sent)
            if not sent.cancelled() and sent.exception() is None:
                place = (sent.result().topic, sent.result().partition)
                self.ends[place] = max(sent.result().offset + 1, self.ends.get(place, 0))
                acknowledged()

        try:
            sent = await self._producer.send(self.settings.namespace + topic, value, key.encode())
        except KafkaError as error:
            # Nothing was promised, so nothing is kept of it.
            log.warning("load.refused", topic=topic, error=type(error).__name__)
            return
        self._under_way.add(sent)
        sent.add_done_callback(answered)

    async def flush(self) -> None:
        """Until the broker has answered about everything that was sent before."""
        before = set(self._under_way)
        while before := before & self._under_way:
            await asyncio.wait(before, timeout=5)
