"""A batch that nobody can unpack, on one partition of an agency's topic: that one waits, and nothing else."""

from __future__ import annotations

from typing import Any

import httpx2

from shared.consuming import interruptions
from shared.consuming.cursor import cluster_id
from shared.contracts.topics import STAFF_PREFIX
from tests.faults.bombs import send_bomb
from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene

_OTHERS_SECONDS = 5.0
_MORE = 40


async def send_undecodable(scene: Scene) -> None:
    agency, *others = scene.load.agencies
    topic = STAFF_PREFIX + agency
    mongo = scene.cluster.databases["directory"]
    await scene.settled(within=60)
    await scene.load.silence()
    processes = {node.name: node.pid for node in scene.cluster.nodes}
    await send_bomb(scene.cluster.settings, topic)

    async def waits() -> list[Any]:
        return await interruptions.lasting(mongo.db, topic, 0)

    scene.measured("noticed after s", await scene.until("it is noticed", waits, within=30))
    # Behind it, and beside it.
    for number in range(STAGE, STAGE + _MORE):
        await scene.load.publish(Employee(agency, number))
    await scene.load.flush()
    behind = dict(scene.load.ledger.unseen)
    scene.load.ledger.unseen.clear()
    began = scene.now()
    for number in range(STAGE, STAGE + _MORE):
        await scene.load.publish(Employee(others[0], number))
        await scene.load.tell(Employee(others[0], number))
    await scene.settled(within=30)
    took = scene.now() - began
    scene.measured("others after s", took)
    scene.require(took < _OTHERS_SECONDS, f"others waited for {took:.1f} s")
    for node in scene.cluster.nodes:
        try:
            answer = await scene.cluster.http.get(f"{node.url}/readyz", timeout=5)
        except httpx2.HTTPError as error:
            answer = None
            scene.require(holds=False, what=f"{node.name}: {type(error).__name__}")
        scene.require(answer and answer.status_code == 200, f"{node.name} is not ready")
    now = {node.name: node.pid for node in scene.cluster.nodes if node.alive}
    scene.require(now == processes, "a process has ended")
    await interruptions.pass_over(mongo, await cluster_id(scene.cluster.settings), "directory", topic, 0)
    scene.load.ledger.unseen.update(behind)
    scene.measured("what waited after s", await scene.settled(within=30))


ROWS = (
    Row(
        "undecodable-batch",
        "its partition waits alone, everybody is ready; passed over, what lay behind it arrives",
        send_undecodable,
    ),
)
