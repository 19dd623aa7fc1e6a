"""A process is stopped past its lease and its session, others take over, and it goes on in its old belief."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.cluster import SENDERS
from tests.faults.node import Node
from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene

# Longer than Kafka's session of the suite, and than MongoDB lets a transaction live.
_STOPPED_SECONDS = 18.0
# Longer than a claim's lease in the suite, and short enough for what was claimed to pass for fresh.
_SENDER_STOPPED_SECONDS = 8.5
_UNTOLD_SECONDS = 2.0
_MAILS = 300


async def stop_them(scene: Scene) -> None:
    async with _two(scene, "notify") as senders:
        await _stop_sender(scene, senders)
    async with _two(scene, "directory") as consumers:
        await _stop_consumer(scene, consumers[0])


@asynccontextmanager
async def _two(scene: Scene, service: str) -> AsyncIterator[list[Node]]:
    """Two processes of the service at least."""
    more = [scene.cluster.node(service, 9)] if len(scene.cluster.of(service)) < 2 else []
    for node in more:
        node.start()
        await node.ready(scene.cluster.http)
    try:
        yield [*scene.cluster.of(service), *more]
    finally:
        for node in more:
            node.go_on()
            await node.stop()


async def _stop_sender(scene: Scene, nodes: list[Node]) -> None:
    """It holds some fifty claimed mails when it stops; what had begun at its senders nobody can know."""
    for number in range(_MAILS):
        await scene.load.tell(Employee(scene.load.agencies[0], STAGE + number % (scene.load.staff - STAGE)))
    await scene.load.flush()
    db = scene.cluster.databases["notify"].db
    stopped = nodes[0]
    await scene.until(
        "the sender has claimed mails",
        lambda: db.notifications.count_documents(
            {"due_at": {"$exists": True}, "claim": {"$regex": f"^{stopped.name}/"}}
        ),
        lambda held: held > SENDERS,
        within=20,
    )
    scene.undecidable(SENDERS)
    before = len(scene.cluster.mail.received)
    stopped.pause()
    await asyncio.sleep(_SENDER_STOPPED_SECONDS)
    scene.measured("mails sent by others meanwhile", len(scene.cluster.mail.received) - before)
    stopped.go_on()
    await scene.settled(within=60)
    again = len(scene.cluster.mail.received) - len({mail.message_id for mail in scene.cluster.mail.received})
    scene.require(again <= scene.may_repeat, f"{again} mails came twice, {scene.may_repeat} were undecidable")


async def _stop_consumer(scene: Scene, node: Node) -> None:
    """It is stopped inside a transaction; others take its partitions, and it must not set a cursor back."""
    node.arm("consumer.handled:1:stop")
    for number in range(STAGE, scene.load.staff):
        await scene.load.publish(Employee(scene.load.agencies[0], number))
    await scene.load.flush()
    await scene.until("the consumer has stopped itself", node.is_stopped, within=20)
    node.disarm()
    watching = asyncio.create_task(_cursors_set_back(scene))
    await asyncio.sleep(_STOPPED_SECONDS)
    if scene.cluster.proxies.there:
        # Kafka would tell it at once that it is no longer a member; it is to find out by the cursor.
        await scene.cluster.proxies.cut("directory.kafka")
    node.go_on()
    await asyncio.sleep(_UNTOLD_SECONDS)
    await scene.cluster.proxies.heal()
    await scene.settled(within=30)
    watching.cancel()
    back = await watching
    scene.require(not back, f"cursors were set back: {back}")


async def _cursors_set_back(scene: Scene) -> list[str]:
    db = scene.cluster.databases["directory"].db
    highest: dict[str, int] = {}
    back: list[str] = []
    try:
        while True:
            async for cursor in db.cursors.find({"_id": {"$gt": ""}}):
                if cursor["next"] < highest.get(cursor["_id"], 0):
                    back.append(f"{cursor['_id']} from {highest[cursor['_id']]} to {cursor['next']}")
                highest[cursor["_id"]] = cursor["next"]
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return back


ROWS = (
    Row(
        "stopped-workers",
        "a worker stopped past its lease writes nothing when it goes on",
        stop_them,
        short=False,
    ),
)
