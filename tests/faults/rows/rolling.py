"""All processes are replaced one after another under load, and more join within seconds: nobody notices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx2

from agencynet.local import SERVICES
from tests.faults.row import Row
from tests.faults.scene import Scene

_GAP_SECONDS = 5.0
_JOINS = 5
_JOIN_SECONDS = 20.0


@dataclass
class Visitor:
    """Asks one service again and again as a load balancer would: whoever answers will do."""

    scene: Scene
    service: str
    longest_gap: float = 0.0
    answers: int = 0
    _last: float = field(init=False)

    async def visit(self) -> None:
        self._last = self.scene.now()
        while True:
            for node in self.scene.cluster.of(self.service):
                if await self._answers(node.url):
                    self.answers += 1
                    self._note()
                    break
            else:
                self._note(answered=False)
            await asyncio.sleep(0.1)

    async def _answers(self, url: str) -> bool:
        try:
            answer = await self.scene.cluster.http.get(f"{url}/healthz", timeout=2)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def _note(self, *, answered: bool = True) -> None:
        now = self.scene.now()
        self.longest_gap = max(self.longest_gap, now - self._last)
        if answered:
            self._last = now


async def replace_all(scene: Scene) -> None:
    """As a rolling deployment does it: the next only when the one before is ready."""
    repeated = _repeated(scene)
    visitors = [Visitor(scene, service) for service in SERVICES]
    visits = [asyncio.create_task(visitor.visit()) for visitor in visitors]
    try:
        for node in list(scene.cluster.nodes):
            await node.stop()
            # A signal ends it in the end, once it has put everything in order.
            orderly = any("service.stopped" in line for line in node.process.last_lines())
            scene.require(orderly, f"{node.name} ended in the middle of its work")
            node.start()
            await node.ready(scene.cluster.http)
    finally:
        for visit in visits:
            visit.cancel()
    await scene.settled(within=30)
    gap = max(visitor.longest_gap for visitor in visitors)
    scene.measured("longest gap in answering s", gap)
    scene.require(gap <= _GAP_SECONDS, f"nobody answered for {gap:.1f} s")
    scene.require(_repeated(scene) == repeated, f"{_repeated(scene) - repeated} mails came twice")


async def join(scene: Scene) -> None:
    """Five more processes within twenty seconds, then they go again."""
    repeated = _repeated(scene)
    more = [scene.cluster.node(SERVICES[number % len(SERVICES)], 20 + number) for number in range(_JOINS)]
    try:
        for node in more:
            node.start()
            await asyncio.sleep(_JOIN_SECONDS / _JOINS)
        await asyncio.gather(*(node.ready(scene.cluster.http) for node in more))
        scene.measured("caught up after s", await scene.settled(within=15))
    finally:
        await asyncio.gather(*(node.stop() for node in more))
    await scene.settled(within=15)
    scene.require(_repeated(scene) == repeated, f"{_repeated(scene) - repeated} mails came twice")


def _repeated(scene: Scene) -> int:
    received = scene.cluster.mail.received
    return len(received) - len({mail.message_id for mail in received})


ROWS = (
    Row("rolling-restart", "0 duplicate mails, no gap over 5 s in answering HTTP", replace_all, short=False),
    Row("five-joins", "0 duplicate mails, everything goes on", join, short=False),
)
