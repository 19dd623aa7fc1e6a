"""The disk of Kafka, and of MongoDB's primary, is full for a while."""

from __future__ import annotations

import asyncio
import contextlib

from tests.faults.row import Row
from tests.faults.rows.database import writes_again
from tests.faults.scene import NotRun, Scene

_FULL_SECONDS = 10.0
_BACK_SECONDS = 15.0
_AGAIN_SECONDS = 1.0
_PROMISE = "no false acknowledgement; goes on at most 15 s after there is space again"


async def fill_kafka(scene: Scene) -> None:
    _require_disks(scene)
    scene.cluster.disks.fill(scene.cluster.folder / "kafka")
    await asyncio.sleep(_FULL_SECONDS)
    scene.measured("the broker ended", not scene.cluster.broker.alive())
    scene.cluster.disks.make_room()
    if not scene.cluster.broker.alive():
        await scene.cluster.start_broker()
    scene.measured("lag 0 after s", await scene.settled(within=_BACK_SECONDS))


async def fill_mongodb(scene: Scene) -> None:
    """Only the primary's; the others have theirs."""
    _require_disks(scene)
    mongo = scene.cluster.mongo
    port = await mongo.complete()
    scene.cluster.disks.fill(mongo.folders[port])
    filling = asyncio.create_task(_keep_full(scene, port))

    async def ended() -> bool:
        return not mongo.members[port].alive()

    try:
        await scene.until("the full one gives up", ended, within=60)
    finally:
        filling.cancel()
    await writes_again(scene, scene.now())
    scene.cluster.disks.make_room()
    await mongo.start_again(port)
    scene.measured("complete after s", await scene.settled(within=_BACK_SECONDS))


async def _keep_full(scene: Scene, port: int) -> None:
    """Full again whenever it has deleted something, a journal of 100 MB say, and made to write what it has in
    memory, until it ends.
    """
    mongo = scene.cluster.mongo
    while mongo.members[port].alive():
        await mongo.checkpoint(port)
        await asyncio.sleep(_AGAIN_SECONDS)
        # What it writes between the measuring and the mounting is in the way; the next time then.
        with contextlib.suppress(OSError):
            scene.cluster.disks.fill(mongo.folders[port])


def _require_disks(scene: Scene) -> None:
    if not scene.cluster.disks.there:
        raise NotRun("only root may mount disks that can be filled")


ROWS = (
    Row("disk-full-kafka", _PROMISE, fill_kafka, short=False),
    Row("disk-full-mongodb", _PROMISE, fill_mongodb, short=False),
)
