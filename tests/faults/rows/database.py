"""MongoDB's primary dies, falls silent, resigns."""

from __future__ import annotations

import asyncio
import signal

from tests.faults.row import Row
from tests.faults.scene import Scene

_SILENT_SECONDS = 15.0
_AGAIN_SECONDS = 15.0
_PROMISE = "no acknowledged write lost, none torn; writes again at most 15 s later"


async def kill(scene: Scene) -> None:
    port = await scene.cluster.mongo.complete()
    since = scene.now()
    await scene.cluster.mongo.members[port].kill()
    await writes_again(scene, since)
    await scene.cluster.mongo.start_again(port)


async def fall_silent(scene: Scene) -> None:
    """A new primary is chosen while the old one believes it is one still."""
    port = await scene.cluster.mongo.complete()
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
    port = await scene.cluster.mongo.complete()
    since = scene.now()
    await scene.cluster.mongo.step_down(port)
    await writes_again(scene, since)


async def writes_again(scene: Scene, since: float) -> None:
    """Something new has been written and gone all the way at most 15 s after `since`. Raises Broken."""
    # The suite itself looks into the database, and has less patience than the services.
    await scene.cluster.mongo.primary()
    scene.measured("works again after s", await scene.works_again(since, _AGAIN_SECONDS))


ROWS = (
    Row("primary-kill", _PROMISE, kill, short=False),
    Row("primary-stop", _PROMISE, fall_silent, short=False),
    Row("primary-step-down", _PROMISE, step_down),
)
