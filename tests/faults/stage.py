"""Meetings and courses while things break: what people do in them, and what must have come of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from agencynet.operations import add_agency, create_token
from shared import auth
from tests.faults.cluster import Cluster
from tests.faults.load import Load
from tests.faults.people import FEW_ROLE, ROLE, STAGE, Employee

# Fewer than would be taken for a mistake of the agency's system (D13).
_LEAVERS_OF_THOUSAND = 40
_MOST_LEAVERS = 40
_RINGS_IN = timedelta(seconds=5)
_REMINDED_MINUTES = 5


@dataclass
class Stage:
    """A meeting and a course occasion that everybody on stage comes to; the leavers convene drafts too."""

    cluster: Cluster
    load: Load
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    meeting: str = ""
    occasion: str = ""
    leavers: list[Employee] = field(default_factory=list[Employee])
    gone: list[Employee] = field(default_factory=list[Employee])
    answers: dict[Employee, str] = field(default_factory=dict[Employee, str])
    """The last that was acknowledged of each."""
    enrolled: set[Employee] = field(default_factory=set[Employee])

    async def join(self, slugs: tuple[str, ...]) -> None:
        """The agencies, before anybody works there."""
        for slug in slugs:
            fields = {
                "name": slug.title(), "full_name": slug.title(), "name_en": slug.title(), "kind": "myndighet",
                "places": ["Sundsvall"], "mail_domain": f"{slug}.example", "protection": "carried",
            }  # fmt: skip
            await add_agency(self.cluster.settings, slug, fields)
            scopes = [scope for scope in auth.SCOPES if scope != "network:admin"]
            self.tokens[slug], _ = await create_token(self.cluster.settings, slug, "faults", scopes)

    async def build(self) -> None:
        """When the staff is known everywhere."""
        host = self.load.agencies[0]
        people = [Employee(host, number) for number in range(STAGE)]
        self.leavers = people[: min(_MOST_LEAVERS, self.load.staff * _LEAVERS_OF_THOUSAND // 1_000)]
        staying = self._staying()
        self.meeting = await self._meeting(staying[0], timedelta(days=30))
        await self._call("POST", f"/events/v1/meetings/{self.meeting}/invitations", staying[0])
        course = await self._call("POST", "/courses/v1/courses", host, {
            "title": "Att jobba i staten", "title_en": "Working in central government",
            "description": "Offentlighetsprincipen.", "training_days": 1,
        })  # fmt: skip
        day = (datetime.now(UTC) + timedelta(days=40)).date()
        occasion = await self._call("POST", "/courses/v1/occasions", host, {
            "course_id": course["id"], "days": [day.isoformat()], "place": "Sundsvall", "seats": 200,
            "minimum": 5, "cost_ore": 100_000, "cost_key": "seat",
        })  # fmt: skip
        self.occasion = occasion["id"]
        await self._invited(people[-1])
        for start in range(0, len(self.leavers), 10):
            await asyncio.gather(*(self._prepare(who) for who in self.leavers[start : start + 10]))

    async def _prepare(self, who: Employee) -> None:
        await self._meeting(who, timedelta(days=20))
        await self.answer(who, "accepted")
        await self.enrol(who)
        await self._call("POST", "/events/v1/calendars", who)

    async def _invited(self, who: Employee) -> None:
        db = self.cluster.databases["events"].db
        for _ in range(600):
            if await db.participants.find_one({"_id": f"{self.meeting}/{who.id}"}):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("nobody was invited to the meeting")

    async def _meeting(
        self, convenor: Employee, ahead: timedelta, role: str = ROLE, reminders: Sequence[dict[str, int]] = ()
    ) -> str:
        begins = datetime.now(UTC) + ahead
        made = await self._call("POST", "/events/v1/meetings", convenor, {
            "title": "Nätverksträff", "kind": "network", "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=1)).isoformat(), "zone": "Europe/Stockholm",
            "audience": {"roles": [role], "agencies": [convenor.agency]}, "convenor_id": convenor.id,
            "reminders": list(reminders), "follow_up": False,
        })  # fmt: skip
        return made["id"]

    # --- what people do -----------------------------------------------------------------------------------

    async def stir(self, turn: int, *, leaving: bool = False, reminding: bool = False) -> None:
        """Something of everything; refusals and dead processes are what the suite is about."""
        staying = self._staying()
        who = staying[turn % len(staying)]
        did = [self.answer(who, "accepted" if turn % 2 else "declined"), self.enrol(who)]
        if reminding and turn % 20 == 0:
            did.append(self.remind(staying[0]))
        if leaving and turn % 20 == 0:
            did.append(self.leave())
        await asyncio.gather(*did, return_exceptions=True)

    def _staying(self) -> list[Employee]:
        return [Employee(self.load.agencies[0], number) for number in range(_MOST_LEAVERS, STAGE)]

    async def answer(self, who: Employee, answer: str) -> None:
        path = f"/events/v1/meetings/{self.meeting}/participants/{who.id}/answer"
        await self._call("PUT", path, who, {"answer": answer})
        self.answers[who] = answer

    async def enrol(self, who: Employee) -> None:
        await self._call(
            "POST", f"/courses/v1/occasions/{self.occasion}/enrolments", who, {"person_id": who.id}
        )
        self.enrolled.add(who)

    async def remind(self, convenor: Employee) -> None:
        """A meeting that begins so soon that its reminder rings in a moment."""
        ahead = timedelta(minutes=_REMINDED_MINUTES) + _RINGS_IN
        meeting = await self._meeting(convenor, ahead, FEW_ROLE, [{"minutes_before": _REMINDED_MINUTES}])
        await self._call("POST", f"/events/v1/meetings/{meeting}/invitations", convenor)

    async def invite(self) -> tuple[str, int]:
        """Everybody on stage to one more meeting; its id, and how many are invited."""
        convenor = self._staying()[0]
        meeting = await self._meeting(convenor, timedelta(days=25))
        answer = await self._call("POST", f"/events/v1/meetings/{meeting}/invitations", convenor)
        db = self.cluster.databases["events"].db
        for _ in range(600):
            if await db.participants.count_documents({"meeting_id": meeting}) >= answer["invited"]:
                return meeting, answer["invited"]
            await asyncio.sleep(0.1)
        raise TimeoutError("not everybody was invited to the meeting")

    async def leave(self) -> None:
        if self.leavers:
            who = self.leavers.pop()
            self.gone.append(who)
            self.answers.pop(who, None)
            self.enrolled.discard(who)
            await self.load.publish(who, left=True)

    async def _call(self, method: str, path: str, caller: Employee | str, body: Any = None) -> Any:
        """By any process of the service that answers. Raises httpx2.HTTPError."""
        service = path.split("/")[1]
        token = self.tokens[caller] if isinstance(caller, str) else auth.person_token(
            self.cluster.key, caller.id, caller.agency, datetime.now(UTC)
        )  # fmt: skip
        nodes = [node for node in self.cluster.of(service) if node.alive]
        node = self.load.rng.choice(nodes)
        answer = await self.cluster.http.request(
            method, node.url + path, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        if answer.status_code >= 400:
            raise httpx2.HTTPError(f"{answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    # --- what must have come of it ------------------------------------------------------------------------

    async def undone(self) -> list[str]:
        """Acknowledged answers and seats that are not there, and what leavers still hold."""
        events, courses = self.cluster.databases["events"].db, self.cluster.databases["courses"].db
        found: list[str] = []
        answers, enrolled = dict(self.answers), set(self.enrolled)
        places = {"_id": {"$in": [f"{self.meeting}/{who.id}" for who in answers]}}
        states = {row["person_id"]: row["state"] async for row in events.participants.find(places)}
        found += [
            f"{who.number} answered {answer} and is {states.get(who.id)}"
            for who, answer in answers.items()
            if states.get(who.id) != answer
        ]
        seats = {"person_id": {"$in": [who.id for who in enrolled]}, "state": "enrolled"}
        seated = {row["person_id"] async for row in courses.enrolments.find(seats)}
        found += [f"{who.number} was enrolled and has no seat" for who in enrolled if who.id not in seated]
        for who in self.gone:
            if await events.participants.find_one(
                {"person_id": who.id, "state": {"$in": ["accepted", "invited"]}}
            ):
                found.append(f"{who.number} has left and still has a place")
            if await events.meetings.find_one({"convenor_id": who.id, "needs_convenor": {"$ne": True}}):
                found.append(f"{who.number} has left and still convenes")
            if await courses.enrolments.find_one({"person_id": who.id, "state": "enrolled"}):
                found.append(f"{who.number} has left and still has a seat")
        return found

    async def miscounted(self) -> list[str]:
        """A meeting's seats against those who sit on them."""
        db = self.cluster.databases["events"].db
        found: list[str] = []
        async for meeting in db.meetings.find({"_id": {"$gt": ""}}):
            taken = await db.participants.count_documents({"meeting_id": meeting["_id"], "state": "accepted"})
            if taken != meeting["taken"]:
                found.append(f"{meeting['taken']} seats are counted and {taken} taken")
        return found
