"""Where things are measured: the real parts, a namespace for each part, and one running network for those that
need the services.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from agencynet import operations
from agencynet.keys import signing_key
from agencynet.local import Local
from agencynet.system import System, start_parts, start_services
from shared.settings import ServiceSettings


@dataclass
class Ground:
    """`size` 1.0 is what the budgets are about; less is for trying the bench itself."""

    folder: Path
    size: float
    seed: int
    say: Callable[[str], None]
    system: System
    tokens: dict[str, str] = field(default_factory=dict)

    def scaled(self, count: int) -> int:
        return max(100, round(count * self.size))

    def settings(self, namespace: str = "") -> ServiceSettings:
        settings = operations.settings(self.system.local)
        return settings.model_copy(update={"namespace": f"{namespace}-" if namespace else ""})

    async def network(self) -> System:
        """The four services with the nine agencies, started when first asked for."""
        if not self.system.services:
            await self._join()
            try:
                await start_services(self.system, ports="free", progress=lambda _: None)
            except BaseException:
                await asyncio.gather(*(process.stop() for process in self.system.services.values()))
                self.system.services.clear()
                raise
        return self.system

    async def _join(self) -> None:
        settings = self.settings()
        await operations.apply_topics(settings)
        for slug, fields in operations.nine_agencies():
            if slug not in self.tokens:
                await operations.add_agency(settings, slug, fields)
                self.tokens[slug], _ = await operations.create_token(
                    settings, slug, "bench", operations.ALL_SCOPES
                )

    def cpu_of(self, part: str) -> float:
        """Processor seconds that this part has used so far."""
        return sum(psutil.Process(self.system.stack.processes[part].pid).cpu_times()[:2])

    def resident_mb(self) -> dict[str, int]:
        return {
            name: round(psutil.Process(process.worker).memory_info().rss / 1e6)
            for name, process in self.system.services.items()
        }


@asynccontextmanager
async def ground(folder: Path, size: float, seed: int, say: Callable[[str], None]) -> AsyncIterator[Ground]:
    local = Local(folder)
    signing_key(local.keys)
    system = await start_parts(
        local, kafka=None, mongodb=None, smtp=None, ports="free", progress=lambda _: None
    )
    try:
        yield Ground(folder, size, seed, say, system)
    finally:
        await asyncio.shield(system.stop())
