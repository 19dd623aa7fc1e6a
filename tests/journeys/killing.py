"""Services that are killed while something goes on, and started again."""

import asyncio
import signal
from io import StringIO

from rich.console import Console

from agencynet.demo import Report
from agencynet.system import System


class Killer:
    """SIGKILLs services after a while and starts them again; `kills` tells what it has done."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._at_work: list[asyncio.Task[None]] = []
        self.kills: list[str] = []

    def plan(self, service: str, after: float) -> None:
        self._at_work.append(asyncio.create_task(self._kill(service, after)))

    async def _kill(self, service: str, after: float) -> None:
        await asyncio.sleep(after)
        process = self._system.services[service]
        assert process.alive(), f"{service} had ended before: {process.last_lines()}"
        await process.kill()
        assert process.exit_code == -signal.SIGKILL
        self.kills.append(service)
        process.start()

    async def done(self) -> None:
        await asyncio.gather(*self._at_work)


class Eventful(Report):
    """A report in the middle of which services are killed: step to what happens so long after it began."""

    def __init__(self, killer: Killer, plan: dict[int, list[tuple[str, float]]]) -> None:
        self.text = StringIO()
        super().__init__(Console(file=self.text, width=200))
        self._killer = killer
        self._plan = plan

    def step(self, number: int, title: str) -> None:
        super().step(number, title)
        for service, after in self._plan.get(number, []):
            self._killer.plan(service, after)
