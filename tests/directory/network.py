"""A directory with three agencies, their tokens and their staff."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from services.directory.agencies.handlers import agencies
from services.directory.app import SPEC
from shared.auth import SCOPES
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import Topic
from shared.mongo import Document
from shared.settings import ServiceSettings
from tests.harness import Running, eventually, latest, mailbox, running, signed_in, system

_versions = count(1)
SLUGS = ("bolagsverket", "csn", "spv")


def fields(slug: str, protection: str = "left_out") -> Document:
    return {
        "name": slug.title(),
        "full_name": slug.title(),
        "name_en": f"{slug} in English",
        "kind": "myndighet",
        "places": ["Sundsvall"],
        "mail_domain": f"{slug}.example",
        "protection": protection,
    }


def staff(employee_id: str, **changes: Any) -> StaffRecord:
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "version": next(_versions),
        "status": "active",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "email": mailbox(employee_id, "example.se"),
        "phone": "060-18 40 00",
        "title": "",
        "roles": (),
        "location": "Sundsvall",
    }
    return StaffRecord(**{**values, **changes})


@dataclass
class Network:
    """The running service, with a token for each agency that may do everything but the network's own."""

    running: Running
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    admin: dict[str, str] = field(default_factory=dict)

    @property
    def http(self) -> Any:
        return self.running.http

    @property
    def db(self) -> Any:
        return self.running.mongo.db

    async def join(self, slug: str, protection: str = "left_out") -> None:
        now = datetime.now(UTC)

        async def work(tx: Any) -> str:
            await agencies.add_agency(tx, slug, fields(slug, protection), now)
            scopes = [scope for scope in SCOPES if scope != "network:admin"]
            return (await agencies.create_token(tx, slug, "test", scopes, now))[0]

        self.tokens[slug] = system(await self.running.mongo.transact(work))

    async def hire(self, agency: str, *records: StaffRecord) -> list[str]:
        """Person ids, in order; all of them were taken in."""
        bodies = [json.loads(record.model_dump_json(by_alias=True)) for record in records]
        answer = await self.http.post(
            "/directory/v1/staff-records", json={"records": bodies}, headers=self.tokens[agency]
        )
        assert answer.status_code == 200, answer.text
        assert {each["result"] for each in answer.json()["results"]} == {"applied"}, answer.text
        return [person_id(agency, record.employee_id) for record in records]

    async def coordinate(self, agency: str, person: str) -> dict[str, str]:
        await self.running.mongo.transact(lambda tx: agencies.set_coordinators(tx, agency, [person]))
        return signed_in(person, agency)

    async def get(self, path: str, caller: dict[str, str] | None = None, **params: Any) -> Any:
        headers = caller or self.tokens["csn"]
        return await self.http.get(f"/directory/v1{path}", headers=headers, params=params)

    async def names(self, caller: dict[str, str] | None = None, **params: Any) -> list[str]:
        """Family names that a search finds."""
        answer = await self.get("/people", caller, **params)
        assert answer.status_code == 200, answer.text
        return [person["family_name"] for person in answer.json()["items"]]

    async def person(self, id_: str) -> Document:
        found = await self.db.people.find_one({"_id": id_})
        assert found
        return found


async def heard(settings: ServiceSettings, topic: Topic, id_: str, version: int) -> Any:
    """The entity as announced, as soon as this version of it is."""
    found = await eventually(
        lambda: latest(settings, topic), until=lambda heard: id_ in heard and heard[id_].version >= version
    )
    return found[id_]


@asynccontextmanager
async def a_network(settings: ServiceSettings) -> AsyncIterator[Network]:
    async with running(SPEC, settings) as service:
        network = Network(service)
        for slug in SLUGS:
            await network.join(slug)
        admin = await service.mongo.transact(
            lambda tx: agencies.create_token(
                tx, "csn", "admin", ["network:admin", "directory:read", "directory:write"], datetime.now(UTC)
            )
        )
        network.admin = system(admin[0])
        await eventually(lambda: _ready(service))
        yield network


async def _ready(service: Running) -> bool:
    return (await service.http.get("/readyz")).status_code == 200
