"""The network between a service and what it uses goes dead for a while: nothing comes, nothing breaks."""

from __future__ import annotations

import asyncio

from agencynet.local import SERVICES
from tests.faults.cluster import SENDERS
from tests.faults.row import Row
from tests.faults.scene import NotRun, Scene

_CUT_SECONDS = 15.0
_CONVERGES_SECONDS = 15.0


async def cut(scene: Scene) -> None:
    """A service from Kafka, one from MongoDB and notify from the mail server, all at once."""
    if not scene.cluster.proxies.there:
        raise NotRun("toxiproxy could not be had: there is no Go here, or no network")
    # Each sender may have had one mail between its final dot and the answer.
    scene.undecidable(SENDERS * len(scene.cluster.of("notify")))
    links = [f"{scene.rng.choice(SERVICES)}.kafka", f"{scene.rng.choice(SERVICES)}.mongodb", "notify.smtp"]
    for link in links:
        await scene.cluster.proxies.cut(link)
    await asyncio.sleep(_CUT_SECONDS)
    await scene.cluster.proxies.heal()
    scene.measured("between", ", ".join(links))
    scene.measured("converged after s", await scene.settled(within=_CONVERGES_SECONDS))


ROWS = (Row("cuts", "converges at most 15 s after it heals", cut, short=False),)
