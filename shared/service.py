"""One service as one process: clients, background tasks and HTTP, started and stopped in order."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stamina
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from shared import auth, due
from shared.audit import entries, sealing
from shared.auth import Door
from shared.consuming import membership, states
from shared.consuming.membership import Membership
from shared.consuming.states import Source
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import Topic
from shared.due.kinds import Kinds
from shared.due.measuring import measure
from shared.moments import now_ms
from shared.mongo import Database, Indexes, Mongo, Reactions
from shared.observing import logs, metrics
from shared.observing.health import Health
from shared.observing.metrics import Measure
from shared.publishing import outbox
from shared.publishing.outbox import Relay
from shared.running import leases, memory, standby, succession
from shared.running.tasks import Tasks
from shared.settings import ServiceSettings
from shared.web import idempotency
from shared.web.app import create_app
from shared.web.connections import limited
from shared.web.limits import BodyLimit

log = structlog.get_logger()
Inherit = Callable[[Database, str, datetime], Awaitable[object]]
# Longer than a process that is told to end takes (terminationGracePeriodSeconds).
_OLD_VERSION_SECONDS = 90
Worker = Callable[["Service"], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Spec:
    """What makes one service different from another."""

    name: str
    description: str
    indexes: Indexes
    subscriptions: Sequence[Subscription]
    routers: Sequence[APIRouter]
    sources: Sequence[Source] = ()
    measures: Sequence[Measure] = ()
    """What only this service can measure of its database; sampled, so each is bounded."""
    tails: Sequence[Topic] = ()
    """What each process also reads on its own, for what it keeps in memory (shared/kafka/tail.py)."""
    workers: dict[str, Worker] = field(default_factory=dict)
    due: Callable[["Service"], Kinds] = lambda _service: {}
    """What it does when work is due, by kind (shared/due)."""
    reactions: Reactions = field(default_factory=dict)
    """Which handlers react to which fact, in the same transaction."""
    upgrade: Sequence[Callable[[Mongo], Awaitable[None]]] = ()
    """Moves what an earlier version kept in another way: before anything starts, and once more when processes
    of that version have ended."""
    inherit: Sequence[Inherit] = ()
    """Called with the process's name before anything starts: makes what a dead process of that name had
    claimed due again."""
    bodies: Mapping[str, BodyLimit] = field(default_factory=dict)
    pages: bool = False
    """Its routes are pages for people: no description for other systems names them."""
    dress: Callable[[FastAPI], None] = lambda _app: None
    """What its HTTP has beyond what all have, before it starts."""
    around: Callable[["Service"], AbstractAsyncContextManager[None]] = lambda _service: nullcontext()
    """What it holds for as long as it runs."""
    warm: Callable[[], object] = lambda: None
    """Called once, before the process that works is forked, and so not again when that one has died."""


def merge(*parts: Indexes) -> Indexes:
    """Index lists put together, collection by collection."""
    merged: dict[str, list[IndexModel]] = {}
    for part in parts:
        for collection, models in part.items():
            merged.setdefault(collection, []).extend(models)
    return merged


class Service:
    """`service.app` is the ASGI application; its lifespan starts everything else."""

    def __init__(
        self, spec: Spec, settings: ServiceSettings, on_death: Callable[[str], None] | None = None
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.health = Health()
        self.on_death = on_death or _end_process
        self.app = create_app(
            spec.name,
            description=spec.description,
            routers=spec.routers,
            health=self.health,
            lifespan=self._lifespan,
            bodies=spec.bodies,
            described=not spec.pages,
        )
        spec.dress(self.app)

    @property
    def indexes(self) -> Indexes:
        common = (auth, outbox, membership, idempotency, due, succession, entries)
        kept = (subscription.indexes for subscription in self.spec.subscriptions)
        return merge(self.spec.indexes, *kept, *(part.INDEXES for part in common))

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self.mongo = Mongo(self.settings, self.spec.name, self.spec.reactions)
        await succession.end_transactions(self.mongo)
        await asyncio.gather(self.mongo.prepare(self.indexes), leases.inherit(self.mongo))
        for upgrade in self.spec.upgrade:
            await upgrade(self.mongo)
        if self.settings.instance:
            for inherit in (due.inherit, *self.spec.inherit):
                await inherit(self.mongo.db, self.settings.instance, datetime.now(UTC))
        app.state.service = self
        app.state.mongo = self.mongo
        app.state.door = Door(self.mongo.db, self.settings.jwks)
        tasks = Tasks(self.on_death)
        for shard in range(self.settings.outbox_shards):
            progress = self.health.watch(f"relay {shard}")
            relay = Relay(self.settings, self.mongo, self.spec.name, shard, progress)
            tasks.start(f"relay {shard}", relay.run())
        subscriptions = self.spec.subscriptions
        consumer = Membership(self.settings, self.mongo, self.spec.name, subscriptions, self.health)
        tasks.start("consumer", consumer.run())
        for name, worker in self.spec.workers.items():
            tasks.start(name, worker(self))
        self._kinds = self.spec.due(self)
        clock = lambda: now_ms(app.state.clock())  # noqa: E731 - tests set the clock while it runs
        for name, lane in due.lanes(self._kinds, self.mongo, clock, self.settings.instance).items():
            tasks.start(f"due {name}", lane.do(self.health.watch(name)))
        if self.spec.sources:
            tasks.start("burials", self._bury())
        tasks.start("succession", succession.end_late_transactions(self.mongo), ends=True)
        tasks.start("upgrade", self._upgrade_late(), ends=True)
        tasks.start("audit", sealing.keep_sealing(self.mongo, self.health.watch("audit")))
        tasks.start("metrics", self._sample())
        self.health.ready = True
        log.info("service.started")
        try:
            async with self.spec.around(self):
                yield
        finally:
            self.health.ready = False
            await tasks.stop()
            self.mongo.close()
            log.info("service.stopped")
            logs.write_out()

    async def _upgrade_late(self) -> None:
        await asyncio.sleep(_OLD_VERSION_SECONDS)
        for upgrade in self.spec.upgrade:
            forever = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_initial=10, wait_max=10)
            await forever(PyMongoError, upgrade, self.mongo)

    async def _sample(self) -> None:
        name, every = self.spec.name, self.settings.metrics_seconds
        measures = (*self.spec.measures, measure(name, self._kinds, self.health))
        await metrics.sample(self.mongo, name, self.health, every, measures)

    async def _bury(self) -> None:
        while True:
            await asyncio.sleep(600)
            for source in self.spec.sources:
                try:
                    await states.bury(self.mongo, source, datetime.now(UTC))
                except PyMongoError as error:
                    log.warning("burial.postponed", topic=source.topic.name, error=type(error).__name__)


def _end_process(_task: str) -> None:
    os._exit(70)


def serve(
    spec: Spec, settings: ServiceSettings, port: int, *, begin: Callable[[], object] = lambda: None
) -> int:
    """Run until told to stop, and again at once when the process that does the work dies (standby.py). Calls
    `begin` first in each of those. Returns the exit code.
    """
    logs.configure(spec.name, settings.log_level)
    # What takes time and opens nothing comes before the fork: who takes over need not do it again.
    spec.warm()
    name = settings.instance or f"{socket.gethostname()}:{port}"[-80:]
    service = Service(spec, settings.model_copy(update={"instance": name}))
    memory.tune()

    def work() -> int:
        begin()
        return _run(service, port)

    return standby.serve(work)


def proxies(settings: ServiceSettings) -> dict[str, Any]:
    """Whose X-Forwarded-For is believed; uvicorn alone would believe everybody on this machine."""
    trusted = settings.trusted_proxies
    return {"proxy_headers": bool(trusted), "forwarded_allow_ips": trusted.split(",")}


def _run(service: Service, port: int) -> int:
    """Returns the exit code: 70 when a background task died."""
    died: list[str] = []

    def stop(task: str) -> None:
        died.append(task)
        server.should_exit = True
        # Whatever hangs on the way out must not keep a deaf process alive.
        asyncio.get_running_loop().call_later(10, _end_process, task)

    service.on_death = stop
    config = uvicorn.Config(
        service.app,
        host=service.settings.host,
        port=port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http=limited(service.settings.max_connections, service.settings.max_connections_per_client),
        server_header=False,
        # Longer than callers keep theirs (httpx 5 s, balancers 60 s): who closes a connection in the moment
        # in which it is used again leaves the caller without an answer.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        **proxies(service.settings),
    )
    server = uvicorn.Server(config)
    server.run()
    return 70 if died else 0
