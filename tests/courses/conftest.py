"""A running courses service with agencies and people."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.courses.app import SPEC
from services.courses.models.documents import day_of
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.harness import (
    AGENCIES,
    Running,
    a_person,
    an_agency,
    eventually,
    messages,
    publish,
    publish_agencies,
    running,
    system,
)

Headers = dict[str, str]


def in_days(days: int) -> date:
    return day_of(datetime.now(UTC)) + timedelta(days=days)


@dataclass
class Network:
    """The service, each agency's token, and short ways to do what every test does."""

    running: Running
    settings: ServiceSettings
    tokens: dict[str, str]
    coordinator: Person

    @property
    def http(self) -> httpx2.AsyncClient:
        return self.running.http

    @property
    def db(self) -> Any:
        return self.running.mongo.db

    def by(self, agency: str) -> Headers:
        return system(self.tokens[agency])

    async def people(self, *people: Person) -> None:
        """In the directory, and known to the service."""
        await publish(self.settings, DIRECTORY_PEOPLE, *people)
        wanted = {"_id": {"$in": [person.id for person in people]}}

        async def known() -> set[tuple[str, int]]:
            found = await self.db.people.find(wanted, {"version": 1}).to_list(None)
            return {(document["_id"], document["version"]) for document in found}

        await eventually(known, until=lambda have: have >= {(p.id, p.version) for p in people})

    async def post(self, path: str, body: Any, agency: str = "csn", **headers: str) -> httpx2.Response:
        return await self.http.post(f"/courses/v1/{path}", json=body, headers={**self.by(agency), **headers})

    async def get(self, path: str, agency: str = "csn", **headers: str) -> Any:
        answer = await self.http.get(f"/courses/v1/{path}", headers={**self.by(agency), **headers})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def course(self, **fields: Any) -> str:
        body = {"title": "Att jobba i staten", "title_en": "Working in central government", **fields}
        answer = await self.post("courses", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def occasion(self, course: str = "", agency: str = "csn", **fields: Any) -> str:
        body = {
            "course_id": course or await self.course(),
            "days": [str(in_days(30))],
            "seats": 2,
            "place": "Sundsvall",
            "cost_ore": 1000,
            **fields,
        }
        answer = await self.post("occasions", body, agency)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def enrol(self, occasion: str, person: Person) -> dict[str, Any]:
        body = {"person_id": person.id}
        answer = await self.post(f"occasions/{occasion}/enrolments", body, person.agency)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def states(self, occasion: str) -> dict[str, str]:
        found = await self.db.enrolments.find({"occasion_id": occasion}).to_list(None)
        return {document["person_id"]: document["state"] for document in found}

    async def told(self, person: Person, *kinds: str) -> list[Any]:
        """What the person was to be told by now, as soon as it is these kinds, in order."""
        return await eventually(
            lambda: self._told(person), until=lambda found: [r.kind for r in found] == list(kinds)
        )

    async def _told(self, person: Person) -> list[Any]:
        found = await messages(self.settings, NOTIFY_REQUESTS)
        return [message.data for message in found if message.data.person_id == person.id]


@pytest.fixture
async def network(settings: ServiceSettings) -> AsyncIterator[Network]:
    coordinator = a_person("csn", "samordnare")
    agencies = [an_agency("csn", name="CSN", coordinators=(coordinator.id,))]
    agencies += [an_agency(slug) for slug in AGENCIES if slug != "csn"]
    tokens = await publish_agencies(settings, *agencies)
    async with running(SPEC, settings) as service:
        network = Network(service, settings, tokens, coordinator)

        async def known() -> int:
            return len(await service.mongo.db.agencies.find({"deleted": False}).to_list(None))

        await eventually(known, until=lambda count: count == len(agencies))
        yield network
