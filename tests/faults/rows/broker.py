"""Kafka's broker dies, restarts, falls silent."""

from __future__ import annotations

import asyncio
import signal

from tests.faults.row import Row
from tests.faults.scene import Scene

_SILENT_SECONDS = 15.0
_PROMISE = "nothing lost, each effect once; lag 0 at most 15 s after it is back"


async def kill(scene: Scene) -> None:
    await asyncio.sleep(scene.rng.uniform(0.2, 1.5))
    await scene.cluster.broker.kill()
    await asyncio.sleep(scene.rng.uniform(0.5, 2.0))
    await scene.cluster.start_broker()
    await _catches_up(scene)


async def restart(scene: Scene) -> None:
    await scene.cluster.broker.stop(within=30)
    await scene.cluster.start_broker()
    await _catches_up(scene)


async def fall_silent(scene: Scene) -> None:
    """Its connections stay open and nothing comes of them."""
    scene.cluster.broker.signal(signal.SIGSTOP)
    await asyncio.sleep(_SILENT_SECONDS)
    scene.cluster.broker.signal(signal.SIGCONT)
    await _catches_up(scene)


async def _catches_up(scene: Scene) -> None:
    scene.measured("lag 0 after s", await scene.settled(within=15))


ROWS = (
    Row("broker-kill", _PROMISE, kill),
    Row("broker-restart", _PROMISE, restart, short=False),
    Row("broker-stop", _PROMISE, fall_silent, short=False),
)
