"""kill -9 at each failpoint: the processes of a service are armed, and something happens until one of them
crashes there. Who stood by for it goes on (shared/running/standby.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from tests.faults.cluster import SENDERS
from tests.faults.points import POINTS
from tests.faults.row import Row
from tests.faults.scene import Scene

_AGAIN_SECONDS = 5.0
_REACHED_SECONDS = 30.0
_SHORT_POINTS = 5


async def kill_in_what_all_share(scene: Scene) -> None:
    await _kill_at_each(scene, [point for point in POINTS if _is_shared(point)])


async def kill_in_their_own_work(scene: Scene) -> None:
    await _kill_at_each(scene, [point for point in POINTS if not _is_shared(point)])


def _is_shared(point: str) -> bool:
    return point.partition(".")[0] in {"consumer", "transaction", "relay"}


def orders(rng: Random, chosen: Sequence[str], *, short: bool) -> list[tuple[str, Sequence[str]]]:
    """Points, and the services to kill there: two of those that pass it; when short, a few points in one."""
    if short:
        return [(point, [rng.choice(POINTS[point])]) for point in rng.sample(chosen, _SHORT_POINTS)]
    return [(point, rng.sample(POINTS[point], min(len(POINTS[point]), 2))) for point in chosen]


async def _kill_at_each(scene: Scene, chosen: Sequence[str]) -> None:
    slowest, kills, places = 0.0, 0, 0
    for point, services in orders(scene.rng, chosen, short=scene.short and not scene.cluster.mutant):
        for service in services:
            died, since = await _crash(scene, service, point)
            after = f" after {point} in {service}"
            slowest = max(slowest, await scene.works_again(since, _AGAIN_SECONDS, after))
            kills, places = kills + died, places + 1
        await scene.settled(within=30)
    scene.measured("points and services", places)
    scene.measured("kills", kills)
    scene.measured("slowest back after s", slowest)


async def _crash(scene: Scene, service: str, point: str) -> tuple[int, float]:
    """Returns how many died, and when."""
    nodes = scene.cluster.of(service)
    for node in nodes:
        await node.ready(scene.cluster.http)
        node.arm(f"{point}:{scene.rng.randint(1, 2)}")
    began, turn = scene.now(), 0
    while not any(node.died for node in nodes):
        scene.require(scene.now() - began < _REACHED_SECONDS, f"nobody came to {point} in {service}")
        await scene.stage.stir(
            turn,
            leaving=point.startswith(("leaver.", "due.")),
            reminding=point == "due.rung",
        )
        turn += 1
        await asyncio.sleep(0.1)
    since = scene.now()
    for node in nodes:
        if not node.died:
            node.disarm()
    # An order that was being carried out when it was taken back is carried out.
    await asyncio.sleep(0.1)
    died = sum(node.died for node in nodes)
    if service == "notify":
        scene.undecidable(SENDERS * died)
    return died, since


_PROMISE = "nothing lost, each effect once, working again at most 5 s later"
ROWS = (
    Row("kill-shared", _PROMISE, kill_in_what_all_share),
    Row("kill-own", _PROMISE, kill_in_their_own_work),
)
