"""The whole network on this machine, each part a process of its own, to be broken one part at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from joserfc.jwk import ECKey

from agencynet.keys import signing_key
from agencynet.local import SERVICES, addresses
from agencynet.operations import open_database
from agencynet.stack import Process
from agencynet.stack.kafka import ready as kafka_ready
from agencynet.stack.kafka import start_kafka
from agencynet.stack.ports import free_port
from shared.contracts.topics import TOPICS
from shared.kafka import clients as kafka
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.faults.disks import Disks
from tests.faults.node import Node
from tests.faults.replica_set import MEMBERS, ReplicaSet, folder_of
from tests.faults.smtp_server import MailServer, mail_server
from tests.faults.toxiproxy import Proxies

# What a crash leaves behind is settled in seconds where nobody takes the dead one's place.
_SHORT_WAITS = {
    "AGENCYNET_SESSION_SECONDS": "10",
    "AGENCYNET_NOTIFY_LEASE_SECONDS": "7",
    "AGENCYNET_NOTIFY_DOUBT_SECONDS": "2",
    "AGENCYNET_NOTIFY_RETRY_UNIT_SECONDS": "0.5",
    "AGENCYNET_NOTIFY_PER_DOMAIN_SECOND": "0",
    "AGENCYNET_LOG_LEVEL": "info",
}
SENDERS = 4


@dataclass
class Cluster:
    """`folder` holds data and logs."""

    folder: Path
    replicas: int
    mutant: str = ""
    mongo: ReplicaSet = field(default_factory=ReplicaSet)
    disks: Disks = field(default_factory=Disks)
    proxies: Proxies = field(default_factory=Proxies)
    nodes: list[Node] = field(default_factory=list[Node])
    databases: dict[str, Mongo] = field(default_factory=dict[str, Mongo])
    broker: Process = field(init=False)
    mail: MailServer = field(init=False)
    http: httpx2.AsyncClient = field(init=False)
    settings: ServiceSettings = field(init=False)
    key: ECKey = field(init=False)
    _closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    _told: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    async def start(self) -> None:
        """Raises CannotStart; call `stop` in any case."""
        logs = self.folder / "log"
        self.http = await self._closing.enter_async_context(httpx2.AsyncClient(timeout=30))
        self.mail = await self._closing.enter_async_context(mail_server())
        self.key = signing_key(self.folder / "keys")
        await self.proxies.start(logs)
        self.disks.mount(self.folder / "kafka", *(folder_of(self.folder, number) for number in MEMBERS))
        port = free_port()
        listeners = {service: free_port() for service in SERVICES}
        advertised = {
            service: await self.proxies.add(f"{service}.kafka", listeners[service]) for service in SERVICES
        }
        await asyncio.gather(
            self._start_kafka(logs, port, listeners, advertised), self.mongo.start(self.folder, logs)
        )
        self.settings = ServiceSettings(
            kafka=f"127.0.0.1:{port}",
            mongodb=self.mongo.url,
            jwks=(self.folder / "keys" / "jwks.json").resolve(),
        )
        await kafka.create_topics(self.settings, TOPICS.values())
        self.databases = {service: open_database(self.settings, service) for service in SERVICES}
        for service in SERVICES:
            self._told[service] = await self._environment(service, advertised[service])
            # The portal comes last, and is told of the others.
            self._told[service] |= {f"AGENCYNET_{n.service.upper()}_URL": n.url for n in self.nodes}
            for number in range(1, self.replicas + 1):
                self.nodes.append(self.node(service, number))
        for node in self.nodes:
            node.start()
        await self.all_ready()

    async def _start_kafka(
        self, logs: Path, port: int, listeners: dict[str, int], advertised: dict[str, int]
    ) -> None:
        """A listener for each service, because a broker tells its clients where to find it: one service's
        connections can then be cut alone.
        """
        controller = free_port()
        names = {service.upper(): service for service in listeners}
        own = [f"{name}://127.0.0.1:{listeners[service]}" for name, service in names.items()]
        told = [f"{name}://127.0.0.1:{advertised[service]}" for name, service in names.items()]
        plain = ",".join(f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *names))
        settings = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": ",".join(
                [f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller}", *own]
            ),
            "advertised.listeners": ",".join([f"PLAINTEXT://127.0.0.1:{port}", *told]),
            "listener.security.protocol.map": plain,
            # What is replaced is forgotten while the suite looks on, and not in days.
            "log.roll.ms": 10_000,
            "log.cleaner.min.cleanable.ratio": 0.01,
            "log.cleaner.backoff.ms": 500,
        }
        self.broker = await start_kafka(self.folder / "kafka", logs, port, lambda _: None, settings=settings)

    async def _environment(self, service: str, kafka_port: int) -> dict[str, str]:
        routes = {
            str(port): await self.proxies.add(f"{service}.mongodb-{number}", port)
            for number, port in enumerate(self.mongo.members, start=1)
        }
        smtp = await self.proxies.add(f"{service}.smtp", self.mail.port)
        return {
            **addresses(f"127.0.0.1:{kafka_port}", self.mongo.url, f"127.0.0.1:{smtp}"),
            **_SHORT_WAITS,
            "AGENCYNET_JWKS": str(self.settings.jwks),
            "AGENCYNET_PORTAL_KEY": str((self.folder / "keys" / "signing.json").resolve()),
            "AGENCYNET_NOTIFY_SENDERS": str(SENDERS),
            "AGENCYNET_FAULTS_ROUTES": json.dumps(routes),
            "AGENCYNET_FAULTS_MUTANT": self.mutant,
        }

    def node(self, service: str, number: int, **told: str) -> Node:
        """One more process of a service, not started; `told` is added to its environment."""
        port = free_port()
        name = f"{service}-{number}"
        orders = self.folder / f"{name}.orders"
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AGENCYNET_")},
            **self._told[service],
            "AGENCYNET_INSTANCE": name,
            "AGENCYNET_FAULTS_ORDER": str(orders),
            **told,
        }
        command = [sys.executable, "-m", "tests.faults.launch", service, str(port)]
        process = Process(name, command, self.folder / "log" / f"{name}.log", env=environment)
        return Node(service, number, port, process, orders)

    def of(self, service: str) -> list[Node]:
        return [node for node in self.nodes if node.service == service]

    async def all_ready(self) -> None:
        """Start what is down, and wait until everything is ready. Raises CannotStart."""
        for node in self.nodes:
            if not node.alive:
                node.start()
        await asyncio.gather(*(node.ready(self.http) for node in self.nodes))

    def pids(self) -> list[int]:
        processes = [*self.nodes, *self.mongo.members.values()]
        processes += [self.broker] if hasattr(self, "broker") else []
        return [process.pid for process in processes if process.pid]

    async def complaints(self) -> list[str]:
        """What the processes themselves say is wrong."""
        found: list[str] = []
        for node in self.nodes:
            try:
                answer = await self.http.get(f"{node.url}/readyz", timeout=3)
            except httpx2.HTTPError as error:
                found.append(f"{node.name}: {type(error).__name__}")
                continue
            if answer.status_code != 200:
                found.append(f"{node.name}: {answer.text[:300]}")
        return found

    async def heal(self) -> None:
        """Whatever a row has left broken is whole again. Raises CannotStart."""
        self.disks.make_room()
        await self.proxies.heal()
        for node in self.nodes:
            node.go_on()
            node.disarm()
        self.broker.signal(signal.SIGCONT)
        if not self.broker.alive():
            await self.start_broker()
        for port, process in self.mongo.members.items():
            process.signal(signal.SIGCONT)
            if not process.alive():
                await self.mongo.start_again(port)
        await self.mongo.primary()
        await self.all_ready()

    async def start_broker(self) -> None:
        self.broker.start()
        await kafka_ready(self.broker)

    async def stop(self) -> None:
        """At once: the data is thrown away."""
        for node in self.nodes:
            await node.kill()
        for mongo in self.databases.values():
            mongo.close()
        if hasattr(self, "broker"):
            await self.broker.kill()
        await self.mongo.stop()
        if self.proxies.process:
            await self.proxies.process.kill()
        self.disks.close()
        await self._closing.aclose()
