"""The power goes in the whole room: Kafka's logs end where they were last written out, and MongoDB has kept
what it acknowledged.
"""

from __future__ import annotations

import asyncio

from shared.contracts.topics import NOTIFY_REQUESTS
from tests.faults import power
from tests.faults.cluster import SENDERS
from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene

_AGAIN_SECONDS = 60.0
_CHANGED = 60


async def cut_power(scene: Scene) -> None:
    """Notify is a moment behind, so what people are to be told is lost before anybody has read it."""
    cluster, load = scene.cluster, scene.load
    await cluster.mongo.complete()
    # Requests that the load itself puts on Kafka are in no outbox.
    load.pace(load.records_per_second, 0)
    await scene.settled(within=60)
    notify = cluster.of("notify")
    for node in notify:
        node.pause()
    try:
        before = dict(load.ledger.acknowledged)
        noted = await asyncio.to_thread(power.note, cluster.folder / "kafka" / "log")
        meeting, invited = await scene.stage.invite()
        for number in range(STAGE, STAGE + _CHANGED):
            await load.publish(Employee(load.agencies[0], number))
        await load.flush()
        await scene.until("everything is on Kafka", lambda: _announced(scene), within=30)
        await asyncio.sleep(scene.rng.uniform(0.5, 2.0))
        members = cluster.mongo.members
        await asyncio.gather(cluster.broker.kill(), *(member.kill() for member in members.values()))
        since = scene.now()
        lost = await asyncio.to_thread(power.cut, cluster.folder / "kafka" / "log", noted)
        # A request that it has acknowledged stands where no log reaches any more.
        load.ends.clear()
        await asyncio.gather(cluster.start_broker(), *(cluster.mongo.start_again(port) for port in members))
        await cluster.mongo.primary()
    finally:
        for node in notify:
            node.go_on()
    requests = [name for name in lost if name.startswith(f"{NOTIFY_REQUESTS.name}-")]
    scene.require(requests, "Kafka has lost no request")
    scene.measured("partitions cut", len(lost))
    scene.measured("KB lost", sum(lost.values()) // 1_000)
    scene.undecidable(SENDERS * len(notify))
    # What agencies' systems sent and Kafka lost, they send again.
    again = [who for who, version in load.ledger.acknowledged.items() if version > before.get(who, 0)]
    for who in again:
        if who not in load.ledger.left:
            await load.publish(who)
    await load.flush()
    scene.measured("people sent again", len(again))

    async def mailed() -> int:
        wanted = {"subject": f"meeting/{meeting}", "state": "sent"}
        return await cluster.databases["notify"].db.notifications.count_documents(wanted)

    scene.measured("invited", invited)
    await scene.until("everybody is mailed", mailed, lambda sent: sent >= invited, within=_AGAIN_SECONDS)
    await scene.settled(within=_AGAIN_SECONDS)
    scene.measured("all there after s", scene.now() - since)


async def _announced(scene: Scene) -> bool:
    databases = scene.cluster.databases.values()
    return not any([await mongo.db.outbox.find_one({"shard": {"$gte": 0}}) for mongo in databases])


ROWS = (
    Row(
        "power-cut",
        "Kafka's logs cut back to what was on the disk: everybody in every copy, each mail once",
        cut_power,
    ),
)
