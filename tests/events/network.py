"""A small network with the events service running in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from icalendar import Calendar

from services.events.app import SPEC
from services.events.handlers.jobs import JOBS
from shared.contracts.directory import Person
from shared.contracts.notify import Request
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.harness import (
    Running,
    a_person,
    an_agency,
    eventually,
    messages,
    publish,
    publish_agencies,
    running,
    signed_in,
    system,
)

MEETINGS = "/events/v1/meetings"


def soon(days: float = 30, hours: float = 0) -> str:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return (start + timedelta(days=days, hours=hours)).isoformat()


@dataclass
class Network:
    """`convenor` works at bolagsverket, `coordinator` coordinates it, `members` are one procurement officer
    each at csn and spv unless said otherwise.
    """

    settings: ServiceSettings
    events: Running
    tokens: dict[str, str]
    convenor: Person
    coordinator: Person
    members: list[Person] = field(default_factory=list)

    @property
    def http(self) -> httpx2.AsyncClient:
        return self.events.http

    @property
    def db(self) -> Any:
        return self.events.mongo.db

    def as_convenor(self) -> dict[str, str]:
        return signed_in(self.convenor.id, self.convenor.agency)

    def as_coordinator(self) -> dict[str, str]:
        return signed_in(self.coordinator.id, self.coordinator.agency)

    def as_(self, person: Person) -> dict[str, str]:
        return signed_in(person.id, person.agency)

    def system(self, agency: str) -> dict[str, str]:
        return system(self.tokens[agency])

    async def people(self, *people: Person) -> None:
        """Make the service know them."""
        await publish(self.settings, DIRECTORY_PEOPLE, *people)
        wanted = {person.id: person.version for person in people}

        async def known() -> bool:
            found = await self.db.people.find({"_id": {"$in": list(wanted)}}).to_list(None)
            return len(found) == len(wanted) and all(d["version"] >= wanted[d["_id"]] for d in found)

        await eventually(known)

    async def meeting(self, **changes: Any) -> dict[str, Any]:
        body = {
            "title": "Nätverksmöte för upphandlare",
            "starts_at": soon(),
            "ends_at": soon(hours=2),
            "place": "Storgatan 1, Sundsvall",
            "video_url": "https://video.example/möte",
            "audience": {"roles": ["upphandlare"]},
            **changes,
        }
        answer = await self.http.post(MEETINGS, json=body, headers=self.as_convenor())
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def invited(self, **changes: Any) -> str:
        """The id of a meeting that everybody in its audience is invited to."""
        meeting = (await self.meeting(**changes))["id"]
        answer = await self.http.post(f"{MEETINGS}/{meeting}/invitations", headers=self.as_convenor())
        assert answer.status_code == 202, answer.text
        expected = answer.json()["invited"]
        await eventually(
            lambda: self.get(meeting), until=lambda found: sum(found["counts"].values()) == expected
        )
        return meeting

    async def get(self, meeting: str) -> dict[str, Any]:
        answer = await self.http.get(f"{MEETINGS}/{meeting}", headers=self.as_convenor())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def starts(self, meeting: str) -> datetime:
        return datetime.fromisoformat((await self.get(meeting))["starts_at"])

    async def ends(self, meeting: str) -> datetime:
        return datetime.fromisoformat((await self.get(meeting))["ends_at"])

    async def change(self, meeting: str, **changes: Any) -> httpx2.Response:
        path = f"{MEETINGS}/{meeting}"
        tag = (await self.http.get(path, headers=self.as_convenor())).headers["etag"]
        return await self.http.patch(path, json=changes, headers={**self.as_convenor(), "If-Match": tag})

    async def cancel(self, meeting: str) -> httpx2.Response:
        return await self.http.post(f"{MEETINGS}/{meeting}/cancellation", headers=self.as_convenor())

    async def participants(self, meeting: str) -> dict[str, dict[str, Any]]:
        answer = await self.http.get(
            f"{MEETINGS}/{meeting}/participants", params={"limit": 100}, headers=self.as_convenor()
        )
        assert answer.status_code == 200, answer.text
        return {one["person_id"]: one for one in answer.json()["items"]}

    async def states(self, meeting: str) -> dict[str, str]:
        return {id_: one["state"] for id_, one in (await self.participants(meeting)).items()}

    async def try_answer(self, meeting: str, person: Person, wish: Any, **headers: str) -> httpx2.Response:
        path = f"{MEETINGS}/{meeting}/participants/{person.id}/answer"
        return await self.http.put(path, json={"answer": wish}, headers=headers or self.as_(person))

    async def answer(self, meeting: str, person: Person, wish: str) -> dict[str, Any]:
        answer = await self.try_answer(meeting, person, wish)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def note(self, meeting: str, person_id: str, came: bool | None, **headers: str) -> httpx2.Response:
        """The convenor notes whether somebody came."""
        path = f"{MEETINGS}/{meeting}/attendance/{person_id}"
        return await self.http.put(path, json={"attended": came}, headers=headers or self.as_convenor())

    async def code(self, meeting: str) -> str:
        """For those who come, from the convenor."""
        answer = await self.http.put(f"{MEETINGS}/{meeting}/attendance-code", headers=self.as_convenor())
        assert answer.status_code == 200, answer.text
        return answer.json()["code"]

    async def check_in(self, meeting: str, person: Person, code: str, **headers: str) -> httpx2.Response:
        path = f"{MEETINGS}/{meeting}/attendance/{person.id}"
        note = {"attended": True, "code": code}
        return await self.http.put(path, json=note, headers=headers or self.as_(person))

    async def told(self, person: Person, count: int, kind: str = "") -> list[Request]:
        """What `person` has been asked to be told, once it is `count` things and the service is idle."""
        found = await eventually(
            lambda: self.all_told(person, kind), until=lambda told: len(told) >= count, within=20
        )
        await self.idle()
        found = await self.all_told(person, kind)
        assert len(found) == count, [one.kind for one in found]
        return found

    async def all_told(self, person: Person, kind: str = "") -> list[Request]:
        found = [message.data for message in await messages(self.settings, NOTIFY_REQUESTS)]
        return [one for one in found if one.person_id == person.id and one.kind.startswith(kind)]

    async def at(self, moment: datetime) -> None:
        """Set the service's clock, and wait until what is due by it has rung."""
        self.events.service.app.state.clock = lambda: moment
        # What is put off because its meeting has begun bears no claim and waits.
        at_work = {"$or": [{"until": {"$exists": False}}, {"claim": {"$exists": True}}]}
        due = {"kind": "timer", "state": "due", "next": {"$lte": moment}, **at_work}

        async def rung() -> bool:
            return await self.db.due.find_one(due) is None

        await eventually(rung, within=30)
        await self.idle()

    async def idle(self) -> None:
        """No job is due and nothing waits to be announced."""

        async def nothing() -> bool:
            soon = self.events.service.app.state.clock() + timedelta(seconds=70)
            jobs = {"kind": {"$in": list(JOBS)}, "state": "due", "next": {"$lte": soon}}
            due = await self.db.due.find_one(jobs)
            return due is None and await self.db.outbox.find_one({}, hint="_id_") is None

        await eventually(nothing)


@asynccontextmanager
async def a_network(settings: ServiceSettings, members: int = 2) -> AsyncIterator[Network]:
    convenor = a_person("bolagsverket", "convenor", roles=("chef",), given_name="Åke", family_name="Ärlig")
    coordinator = a_person("bolagsverket", "coordinator", roles=("samordnare",))
    agencies = [
        an_agency("bolagsverket", name="Bolagsverket", coordinators=(coordinator.id,)),
        an_agency("csn", name="CSN"),
        an_agency("spv", name="SPV"),
    ]
    tokens = await publish_agencies(settings, *agencies)
    async with running(SPEC, settings) as events:
        network = Network(settings, events, tokens, convenor, coordinator)
        network.members = [a_person(("csn", "spv")[n % 2], f"m{n:04}") for n in range(members)]
        await network.people(convenor, coordinator, *network.members)

        async def agencies_known() -> bool:
            return len(await events.mongo.db.agencies.find().hint("_id_").to_list(None)) == 3

        await eventually(agencies_known)
        yield network


def parsed(text: str) -> Any:
    """The calendar as another program reads it; what each property holds is for the test to say."""
    return Calendar.from_ical(text)


def event(request: Request) -> Any:
    """The VEVENT of a request's calendar part."""
    assert request.calendar
    calendar = parsed(request.calendar.ics)
    assert calendar["method"] == request.calendar.method
    (found,) = calendar.walk("VEVENT")
    return found
