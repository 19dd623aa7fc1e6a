"""The whole system with a few people whom all may see, for what happens to those whom nobody may."""

import re
from dataclasses import dataclass
from typing import Any

import httpx2

from agencynet import operations
from agencynet.demo.feeds import Feeds
from agencynet.demo.network import Network
from agencynet.local import SERVICES
from agencynet.people import Record
from agencynet.system import System
from tests.harness import eventually
from tests.journeys.planted import Places, Planted

HOME, ELSEWHERE = "csn", "spv"


@dataclass
class Stage:
    system: System
    network: Network
    feeds: Feeds
    boss: Record
    """Their own agency's coordinator, who may see them."""
    peer: Record
    """At another agency, and trusted with everything there."""
    colleague: Record

    @property
    def readers(self) -> dict[str, str]:
        """Everybody who may not see them, as far as they are different."""
        return {
            "another agency's system": self.network.system(ELSEWHERE),
            "another agency's coordinator": self.network.person(self.peer),
            "a colleague": self.network.person(self.colleague),
        }

    async def send(self, by: Record, method: str, path: str, body: Any = None) -> Any:
        return (await self.network.send(method, path, self.network.person(by), body)).body

    async def refused(self, by: Record, method: str, path: str, body: Any = None) -> None:
        answer = await self.network.call(method, path, self.network.person(by), body=body)
        assert 400 <= answer.status < 500, f"{method} {path}: {answer}"

    async def known(self, *people: Record) -> None:
        """Until every service has heard of them."""
        settings = operations.settings(self.system.local)
        for service in SERVICES:
            async with operations.database(settings, service) as mongo:
                wanted = {"_id": {"$in": [each.id for each in people]}, "deleted": False}
                await eventually(
                    lambda db=mongo.db, wanted=wanted: db.people.count_documents(wanted),
                    until=lambda count: count == len(people),
                    within=40,
                )

    async def quiet(self) -> None:
        """Until nothing is on its way to anybody."""
        settings = operations.settings(self.system.local)
        for service in SERVICES:
            async with operations.database(settings, service) as mongo:
                await eventually(mongo.db.outbox.find_one, until=lambda row: row is None, within=40)
        async with operations.database(settings, "notify") as mongo:
            waiting = {"due_at": {"$exists": True}}
            await eventually(
                lambda: mongo.db.notifications.find_one(waiting), until=lambda row: row is None, within=40
            )

    async def signed_in(self, browser: httpx2.AsyncClient, person: Record) -> None:
        portal = self.system.urls["portal"]
        link, _ = await operations.create_login_link(
            operations.settings(self.system.local), portal, person.email
        )
        page = await browser.get(link)
        csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', page.text)
        answer = await browser.post(link, data={"csrf": csrf[0]}, follow_redirects=True)
        assert answer.status_code == 200, answer.text

    def places(self, planted: Planted) -> Places:
        return Places(self.system, planted, HOME, self.network.http)
