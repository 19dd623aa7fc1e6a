"""One process of a service: killed, stopped, armed, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from agencynet.stack import CannotStart, Process

_READY_SECONDS = 300.0


@dataclass
class Node:
    service: str
    number: int
    port: int
    process: Process
    orders: Path
    _armed: int | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of the process that works, and not of the one that stands by."""
        return self.process.worker

    @property
    def died(self) -> bool:
        """Whether the process that was armed is no more; another may be at work already."""
        return self.pid != self._armed

    @property
    def alive(self) -> bool:
        return self.process.alive()

    def start(self) -> None:
        self.orders.write_text("", encoding="utf-8")
        self.process.start()

    def arm(self, order: str) -> None:
        """Crash at `<point>:<n>` from now on, or stop at `<point>:1:stop`."""
        self._armed = self.pid
        self._order(order)

    def disarm(self) -> None:
        self._order("")

    def _order(self, order: str) -> None:
        self.orders.write_text(order, encoding="utf-8")
        self._signal(signal.SIGUSR1)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.alive and (pid := self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def is_stopped(self) -> bool:
        words = await asyncio.to_thread(Path(f"/proc/{self.pid}/stat").read_text)
        return words.rpartition(")")[2].split()[0] == "T"

    async def kill(self) -> None:
        await self.process.kill()

    async def stop(self) -> None:
        await self.process.stop(within=20)

    async def ready(self, http: httpx2.AsyncClient, within: float = _READY_SECONDS) -> None:
        """Raises CannotStart when it has ended, or says for so long that it is not."""
        deadline = time.monotonic() + within
        while True:
            try:
                if (await http.get(f"{self.url}/readyz", timeout=5)).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            if not self.alive or time.monotonic() > deadline:
                raise CannotStart(
                    f"{self.name} is not ready.", "The end of its log:", "\n".join(self.process.last_lines())
                )
            await asyncio.sleep(0.1)
