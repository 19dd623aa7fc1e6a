"""kill -9 at each failpoint: processes of a service are armed, something happens until one of them crashes
there, and it is started again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from agencynet.faults.cluster import SENDERS
from agencynet.faults.points import POINTS
from agencynet.faults.row import Row
from agencynet.faults.scene import Scene

_AGAIN_SECONDS = 5.0
_REACHED_SECONDS = 30.0
# More would wait for each other's processor time on a small machine, and measure that.
_AT_ONCE = 2
_SHORT_POINTS = 5
Order = tuple[str, str]


async def kill_in_what_all_share(scene: Scene) -> None:
    await _kill_at_each(scene, [point for point in POINTS if _is_shared(point)])


async def kill_in_their_own_work(scene: Scene) -> None:
    await _kill_at_each(scene, [point for point in POINTS if not _is_shared(point)])


def _is_shared(point: str) -> bool:
    return point.partition(".")[0] in {"consumer", "transaction", "relay"}


async def _kill_at_each(scene: Scene, chosen: Sequence[str]) -> None:
    """Two services at once, each at a point of its own; when short one, at points that the seed chooses."""
    slowest, kills = 0.0, 0
    if scene.short and not scene.cluster.mutant:
        chosen = scene.rng.sample(chosen, _SHORT_POINTS)
    at_once = 1 if scene.short else _AT_ONCE
    for together in rounds(scene.rng, chosen, at_once, every_service=not scene.short):
        died, since = await _crash(scene, together)
        kills += died
        slowest = max(slowest, await scene.works_again(since, _AGAIN_SECONDS))
        await scene.settled(within=30)
    scene.measured("points", len(chosen))
    scene.measured("kills", kills)
    scene.measured("slowest back after s", slowest)


def rounds(
    rng: Random, chosen: Iterable[str], at_once: int, *, every_service: bool
) -> Iterator[Sequence[Order]]:
    """Every point at each service that passes it, or at one of them; `at_once` services a round, those first
    that have most points left.
    """
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for point in chosen:
        services = POINTS[point]
        for service in services if every_service else [rng.choice(services)]:
            waiting[service].append(point)
    for points in waiting.values():
        rng.shuffle(points)
    while left := sorted((name for name in waiting if waiting[name]), key=lambda name: -len(waiting[name])):
        yield [(service, waiting[service].pop()) for service in left[:at_once]]


async def _crash(scene: Scene, orders: Sequence[Order]) -> tuple[int, float]:
    """Returns how many died, and when the last was started again: at once, because others live on what it
    does.
    """
    waiting = dict(orders)
    for service, point in orders:
        for node in scene.cluster.of(service):
            node.arm(f"{point}:{scene.rng.randint(1, 2)}")
    began, turn, died, since = scene.now(), 0, 0, 0.0
    while waiting:
        for service in list(waiting):
            dead = [node for node in scene.cluster.of(service) if not node.alive]
            if dead:
                del waiting[service]
                died += await _start_again(scene, service)
                since = scene.now()
        scene.require(scene.now() - began < _REACHED_SECONDS, f"nobody came to {waiting}")
        points = set(waiting.values())
        await scene.stage.stir(
            turn,
            leaving=any(point.startswith(("leaver.", "job.")) for point in points),
            reminding=any(point.startswith("timer.") for point in points),
        )
        turn += 1
        await asyncio.sleep(0.1)
    return died, since


async def _start_again(scene: Scene, service: str) -> int:
    nodes = scene.cluster.of(service)
    for node in nodes:
        if node.alive:
            node.arm("")
    # An order that was being carried out when it was taken back is carried out.
    await asyncio.sleep(0.1)
    dead = [node for node in nodes if not node.alive]
    for node in dead:
        node.start()
    if service == "notify":
        scene.undecidable(SENDERS * len(dead))
    return len(dead)


_PROMISE = "nothing lost, each effect once, working again at most 5 s after the restart"
ROWS = (
    Row("kill-shared", _PROMISE, kill_in_what_all_share),
    Row("kill-own", _PROMISE, kill_in_their_own_work),
)
