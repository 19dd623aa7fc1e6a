"""The network between a service and what it uses goes dead for a while: nothing comes, nothing breaks."""

from __future__ import annotations

import asyncio

from agencynet.faults.cluster import SENDERS
from agencynet.faults.row import Row
from agencynet.faults.scene import NotRun, Scene
from agencynet.local import SERVICES

_CUT_SECONDS = 15.0
_CONVERGES_SECONDS = 15.0
_PROMISE = "converges at most 15 s after it heals"


async def cut_from_kafka(scene: Scene) -> None:
    await _cut(scene, scene.rng.choice(SERVICES), "kafka")


async def cut_from_mongodb(scene: Scene) -> None:
    await _cut(scene, scene.rng.choice(SERVICES), "mongodb")


async def cut_from_smtp(scene: Scene) -> None:
    # Each sender may have had one mail between its final dot and the answer.
    scene.undecidable(SENDERS * len(scene.cluster.of("notify")))
    await _cut(scene, "notify", "smtp")


async def _cut(scene: Scene, service: str, target: str) -> None:
    if not scene.cluster.proxies.there:
        raise NotRun("toxiproxy could not be had: there is no Go here, or no network")
    link = f"{service}.{target}"
    await scene.cluster.proxies.cut(link)
    await asyncio.sleep(_CUT_SECONDS)
    await scene.cluster.proxies.heal(link)
    scene.measured("between", link)
    scene.measured("converged after s", await scene.settled(within=_CONVERGES_SECONDS))


ROWS = (
    Row("cut-kafka", _PROMISE, cut_from_kafka, short=False),
    Row("cut-mongodb", _PROMISE, cut_from_mongodb, short=False),
    Row("cut-smtp", _PROMISE, cut_from_smtp, short=False),
)
