"""A clock that goes slower the more others use the machine.

Budgets of time are promises about the network, not about who else uses the same processors. Time passes here
as fast as a thread of ours gets on, compared with how fast it would if we were alone: on a machine of our own
it is ordinary time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

_EVERY = 0.5
_LEAST = 0.02


class OwnTime:
    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._own = 0.0
        self._at = monotonic()
        self._pace = 1.0

    def now(self) -> float:
        """Seconds that were ours so far."""
        return self._own + (monotonic() - self._at) * self._pace

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            ours = sum(_runnable(pid) for pid in {os.getpid(), *self._processes()})
            self._own, self._at = self.now(), monotonic()
            self._pace = pace(os.cpu_count() or 1, ours, _all_runnable())


def pace(processors: int, ours: int, everybodys: int) -> float:
    """How fast a runnable thread gets on, of how fast it would if only ours were runnable."""
    return max(_LEAST, min(1.0, max(processors, ours) / max(processors, everybodys)))


def _all_runnable() -> int:
    """0 where the system does not tell."""
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("procs_running")), 0)


def _runnable(pid: int) -> int:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return 0
    return sum(_state(thread) == "R" for thread in threads)


def _state(thread: Path) -> str:
    try:
        return (thread / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return ""
