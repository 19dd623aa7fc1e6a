"""MongoDB's primary dies, falls silent, resigns."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection
from functools import partial

from agencynet.faults import checks
from agencynet.faults.row import Row
from agencynet.faults.scene import Scene

_SILENT_SECONDS = 15.0
_WRITES_AGAIN = 15.0
_PROMISE = "no acknowledged write lost, none torn; writes again at most 15 s later"


async def kill(scene: Scene) -> None:
    port = await scene.cluster.mongo.primary()
    since = scene.now()
    await scene.cluster.mongo.members[port].kill()
    await writes_again(scene, since)
    await scene.cluster.mongo.start_again(port)


async def fall_silent(scene: Scene) -> None:
    """A new primary is chosen while the old one believes it is one still."""
    port = await scene.cluster.mongo.primary()
    process = scene.cluster.mongo.members[port]
    since = scene.now()
    process.signal(signal.SIGSTOP)
    waking = asyncio.create_task(_wake(process.signal))
    try:
        await writes_again(scene, since)
    finally:
        await waking


async def _wake(send: object) -> None:
    await asyncio.sleep(_SILENT_SECONDS)
    if callable(send):
        send(signal.SIGCONT)


async def step_down(scene: Scene) -> None:
    since = scene.now()
    await scene.cluster.mongo.step_down(await scene.cluster.mongo.primary())
    await writes_again(scene, since)


async def writes_again(scene: Scene, since: float) -> None:
    """Something new is written at most 15 s after `since`, and goes all the way through. Raises Broken."""
    # The suite itself looks into the database, and has less patience than the services.
    await scene.cluster.mongo.primary()
    pending = await checks.probe(scene.load, scene.rng)
    await scene.until("it writes again", partial(checks.unwritten, scene.cluster, pending), _none, within=60)
    took = scene.now() - since
    scene.measured("writes again after s", took)
    scene.require(took <= _WRITES_AGAIN, f"it took {took:.1f} s to write again, not {_WRITES_AGAIN}")
    missing = partial(checks.missing, scene.cluster, scene.load, pending)
    await scene.until("what was written goes through", missing, _none, within=60)
    scene.measured("all the way after s", scene.now() - since)


def _none(found: Collection[object]) -> bool:
    return not found


ROWS = (
    Row("primary-kill", _PROMISE, kill, short=False),
    Row("primary-stop", _PROMISE, fall_silent, short=False),
    Row("primary-step-down", _PROMISE, step_down),
)
