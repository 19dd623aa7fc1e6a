"""A clock that does not count the time in which others had the processors that we waited for, and runs as
slowly as the processors do.

Budgets of time are promises about the network, not about who else uses the same machine. Linux says of each
thread how long it ran and how long it waited for a processor. What our threads take from each other counts: a
network that is slow because it does too much at once is slow. What a host gives its virtual processors it
changes without saying so, by a factor of four within minutes; a bare loop tells. On a machine of our own this
is ordinary time.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic, thread_time
from typing import NamedTuple

_EVERY = 1.0
_TICKS = 100.0
# Bare work of the kind that ours is, and its seconds on the processors that the budgets suppose
# (docs/faults.md).
_BARE = {"person": {"name": "Åsa Öberg", "roles": ["upphandlare"] * 20}, "versions": list(range(40))}
_TURNS, _BARE_SECONDS = 50, 0.0010
_IDLE, _IOWAIT, _STEAL, _GUEST = 3, 4, 7, 8


class Use(NamedTuple):
    """Seconds, summed over threads or processors."""

    ran: float = 0.0
    """By our threads."""
    waited: float = 0.0
    """For a processor, by our threads."""
    busy: float = 0.0
    """What all processors worked, for whomever."""
    stolen: float = 0.0
    """What the host of a virtual machine gave to others meanwhile."""


class OwnTime:
    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._threads: dict[str, tuple[int, int]] = {}
        self._busy = self._stolen = 0.0
        self._at = monotonic()
        self._own = 0.0
        self._pace = 1.0
        self.look()

    def now(self) -> float:
        """Seconds that were ours so far."""
        return self._own + (monotonic() - self._at) * self._pace

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            self.look()

    def look(self) -> None:
        """Judge the time since the last look."""
        passed, self._at = monotonic() - self._at, monotonic()
        if passed:
            self._pace = pace(passed, self._used()) * speed(_bare())
        self._own += passed * self._pace

    def _used(self) -> Use:
        """Since this was last asked. What a thread does before it is first seen and after it is last seen is
        taken for others' work, which it is a fraction of a second at most.
        """
        threads = dict(_threads({os.getpid(), *self._processes()}))
        grown = [
            (ran - before[0], waited - before[1])
            for thread, (ran, waited) in threads.items()
            if (before := self._threads.get(thread))
        ]
        (busy, stolen), before = _machine(), (self._busy, self._stolen)
        self._threads, self._busy, self._stolen = threads, busy, stolen
        return Use(
            sum(ran for ran, _ in grown) / 1e9,
            sum(waited for _, waited in grown) / 1e9,
            busy - before[0],
            stolen - before[1],
        )


def pace(passed: float, used: Use) -> float:
    """What share of the time was ours. Others can't have kept us waiting for longer than they worked, and a
    wait of one of many threads that were running holds up only its share of the work.
    """
    others = max(0.0, used.busy - used.ran)
    lost = min(used.waited, others) + min(used.ran, used.stolen)
    return 1.0 - min(1.0, lost / max(passed, used.ran + lost))


def speed(bare: float) -> float:
    """Of the processors, by the seconds of the bare loop: 1.0 as the budgets suppose it, and never more."""
    return min(1.0, _BARE_SECONDS / bare)


def _bare() -> float:
    """Seconds of processor time, in which waiting for a processor is not."""
    began = thread_time()
    for _ in range(_TURNS):
        json.loads(json.dumps(_BARE))
    return thread_time() - began


def _machine() -> tuple[float, float]:
    """Zeros where the system does not tell: nothing is forgiven then."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return 0.0, 0.0
    figures = [int(word) / _TICKS for word in line.split()[1:]]
    stolen = figures[_STEAL]
    return sum(figures[:_GUEST]) - figures[_IDLE] - figures[_IOWAIT] - stolen, stolen


def _threads(processes: Iterable[int]) -> Iterator[tuple[str, tuple[int, int]]]:
    """How long each ran and waited, in nanoseconds."""
    for process in processes:
        try:
            names = os.listdir(f"/proc/{process}/task")  # noqa: PTH208 - a thousand of them, each second
        except OSError:
            continue
        for name in names:
            thread = f"/proc/{process}/task/{name}/schedstat"
            try:
                ran, waited, _ = Path(thread).read_text(encoding="ascii").split()
            except (OSError, ValueError):
                continue
            yield thread, (int(ran), int(waited))
