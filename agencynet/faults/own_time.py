"""A clock that stands still while others have the machine.

Budgets of time are promises about the network, not about who else uses the same processors. While none of
them is idle, time passes in the proportion in which they work for us: alone on a machine it is ordinary time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

_EVERY = 0.5
_IDLE = 0.05
# Who only waits works little, and time passes all the same.
_LEAST = 0.15


class OwnTime:
    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._own = 0.0
        self._at = monotonic()
        self._share = 1.0

    def now(self) -> float:
        """Seconds that were ours so far."""
        return self._own + (monotonic() - self._at) * self._share

    async def run(self) -> None:
        busy, idle = _machine()
        ours = self._ours()
        while True:
            await asyncio.sleep(_EVERY)
            after_busy, after_idle = _machine()
            after_ours = self._ours()
            self._own, self._at = self.now(), monotonic()
            worked = sum(max(0, ticks - ours.get(pid, 0)) for pid, ticks in after_ours.items())
            self._share = _share(after_busy - busy, after_idle - idle, worked)
            busy, idle, ours = after_busy, after_idle, after_ours

    def _ours(self) -> dict[int, int]:
        return {pid: ticks for pid in {os.getpid(), *self._processes()} if (ticks := _worked(pid))}


def _share(busy: int, idle: int, ours: int) -> float:
    if busy <= 0 or idle > _IDLE * (busy + idle):
        return 1.0
    return min(1.0, max(_LEAST, ours / busy))


def _machine() -> tuple[int, int]:
    """What all processors have done and not done, in ticks; nothing where the system does not tell."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    except OSError:
        return 0, 0
    user, nice, system, idle, waiting, interrupts, soft, stolen = map(int, words)
    return user + nice + system + interrupts + soft + stolen, idle + waiting


def _worked(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(words[11]) + int(words[12])
