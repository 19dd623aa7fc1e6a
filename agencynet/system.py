"""The whole system on this machine: the stack and the services, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import httpx2

from agencynet.keys import signing_key
from agencynet.local import SERVICES, USUAL_PORTS, Local, Running, addresses, environment, service_urls
from agencynet.stack import CannotStart, Ports, Process, Stack, start_stack
from agencynet.stack.ports import free_port, is_free

_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_BETWEEN_WORDS = 5.0
_TAIL = 15
Progress = Callable[[str], None]


@dataclass
class System:
    local: Local
    stack: Stack
    services: dict[str, Process] = field(default_factory=dict[str, Process])
    urls: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def running(self) -> Running:
        stack = self.stack
        return Running(stack.kafka, stack.mongodb, stack.smtp, stack.mail_page, dict(self.urls))

    @property
    def parts(self) -> list[Process]:
        return [*self.stack.processes.values(), *self.services.values()]

    async def stop(self) -> None:
        """Services first, so that they can give back what they hold. May be called again."""
        await asyncio.gather(*(process.stop() for process in self.services.values()))
        await self.stack.stop()
        self.local.say_stopped()

    async def died(self) -> CannotStart:
        """Wait until a part ends on its own, and say which and why as far as its log tells."""
        while True:
            for part in self.parts:
                if not part.alive():
                    return _death(part)
            await asyncio.sleep(0.2)


def _death(part: Process) -> CannotStart:
    code = part.exit_code or 0
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return CannotStart(
        f"{part.name} {how}, so everything is being stopped.",
        f"The end of its log, {part.log}:",
        "\n".join(part.last_lines(_TAIL)),
    )


async def start_parts(
    local: Local,
    *,
    kafka: str | None,
    mongodb: str | None,
    smtp: str | None,
    ports: Ports,
    progress: Progress,
) -> System:
    """Kafka, MongoDB and mail. Raises CannotStart and leaves nothing running."""
    stack = await start_stack(
        local.folder, kafka=kafka, mongodb=mongodb, smtp=smtp, ports=ports, progress=progress
    )
    system = System(local, stack)
    local.say_running(system.running)
    return system


async def start_all(
    local: Local,
    *,
    kafka: str | None = None,
    mongodb: str | None = None,
    smtp: str | None = None,
    ports: Ports,
    progress: Progress,
) -> System:
    """The parts, their topics, the services and, the first time, the agencies. Raises CannotStart and leaves
    nothing running.
    """
    # The rest of what is needed takes two seconds to load, and so does Kafka to start.
    loading = asyncio.create_task(asyncio.to_thread(import_module, "agencynet.first_run"))
    system = await start_parts(local, kafka=kafka, mongodb=mongodb, smtp=smtp, ports=ports, progress=progress)
    try:
        first_run = await loading
        operations = import_module("agencynet.operations")
        settings = operations.settings(local)
        created = await operations.apply_topics(settings)
        progress(f"Topics: ready on {system.stack.kafka}, {len(created)} new")
        await operations.await_coordinators(settings)
        await start_services(system, ports=ports, progress=progress)
        if not local.is_done("agencies"):
            await first_run.add_agencies(local, settings, progress)
            local.mark_done("agencies")
    except BaseException as error:
        await system.stop()
        if isinstance(error, BaseExceptionGroup) and (known := error.subgroup(CannotStart)):
            raise known.exceptions[0] from None
        raise
    return system


async def start_services(system: System, *, ports: Ports, progress: Progress) -> None:
    """Start the five and wait until each is ready.

    Raises:
        CannotStart: one of them ended, or did not become ready.

    """
    signing_key(system.local.keys)
    stack = system.stack
    told = environment(system.local) | addresses(stack.kafka, stack.mongodb, stack.smtp)
    # One that comes back after a crash must wait until it was missed: there is one of each here.
    told = {"AGENCYNET_SESSION_SECONDS": "10", **told}
    ports_of: dict[str, int] = {}
    for name in SERVICES:
        port = USUAL_PORTS[name] if ports == "usual" and is_free(USUAL_PORTS[name]) else free_port()
        system.urls[name] = f"http://127.0.0.1:{port}"
        ports_of[name] = port
    told |= service_urls(system.urls)
    for name, port in ports_of.items():
        process = _service(name, port, system.local.logs, told, stack.held)
        process.start()
        system.services[name] = process
        progress(f"{name}: starting")
    async with httpx2.AsyncClient(timeout=2) as http, asyncio.TaskGroup() as waiting:
        for name in SERVICES:
            waiting.create_task(_ready(system, name, http, progress))
    system.local.say_running(system.running)


def _service(name: str, port: int, logs: Path, told: dict[str, str], held: tuple[int, ...]) -> Process:
    command = [sys.executable, "-m", "agencynet", "serve", name, "--port", str(port)]
    return Process(f"The service {name}", command, logs / f"{name}.log", env=told, keep_open=held)


async def _ready(
    system: System, name: str, http: httpx2.AsyncClient, progress: Progress, patience: float = _READY_SECONDS
) -> None:
    """Wait for as long as what it waits for changes: a large directory loads its people for minutes."""
    process, url = system.services[name], system.urls[name]
    shown = time.monotonic()
    deadline = shown + patience
    # Whatever it has said before is no progress.
    said: set[str] = set()
    while (waits_for := await _waits_for(http, url)) != "":
        if not process.alive():
            raise _death(process)
        if waits_for is not None and waits_for not in said:
            if time.monotonic() > shown + _BETWEEN_WORDS:
                shown = time.monotonic()
                progress(f"{name}: {waits_for}")
            said.add(waits_for)
            deadline = time.monotonic() + patience
        if time.monotonic() > deadline:
            raise CannotStart(
                f"{process.name} is not ready, and has come no further for {patience:.0f} seconds.",
                f"{url}/readyz says what it waits for. The end of its log, {process.log}:",
                "\n".join(process.last_lines(_TAIL)),
            )
        await asyncio.sleep(_LOOK_SECONDS)
    progress(f"{name}: ready on {url}")


async def _waits_for(http: httpx2.AsyncClient, url: str) -> str | None:
    """In its own words; "" when it is ready, None where it does not answer."""
    try:
        answer = await http.get(f"{url}/readyz")
        return "" if answer.status_code == 200 else "; ".join(answer.json()["problems"].values())
    except (httpx2.HTTPError, ValueError, LookupError, AttributeError):
        return None


async def is_ready(http: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx2.HTTPError:
        return False
