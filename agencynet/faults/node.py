"""One process of a service: killed, stopped, armed, started again."""

from __future__ import annotations

import asyncio
import signal
import time
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
    started_at: float = field(default=0.0, init=False)

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process.alive()

    def start(self) -> None:
        self.orders.write_text("", encoding="utf-8")
        self.process.start()
        self.started_at = time.monotonic()

    def arm(self, order: str) -> None:
        """Crash at `<point>:<n>` from now on, or stop at `<point>:1:stop`; "" for never."""
        self.orders.write_text(order, encoding="utf-8")
        self.process.signal(signal.SIGUSR1)

    def pause(self) -> None:
        self.process.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.signal(signal.SIGCONT)

    async def is_stopped(self) -> bool:
        words = await asyncio.to_thread(Path(f"/proc/{self.process.pid}/stat").read_text)
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
