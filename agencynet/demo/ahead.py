"""The last step: what is to come, so that whoever opens the portal afterwards has something to do there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from agencynet.demo.days import working_day
from agencynet.demo.observing import require
from agencynet.demo.scene import HOME, Scene
from agencynet.people import Record

_MEETINGS: tuple[dict[str, Any], ...] = (
    {
        "title": "Frukost om ramavtal",
        "in_days": 9,
        "at": time(8, 30),
        "place": "SPV, Norrlandsgatan 5, Sundsvall",
        "capacity": 25,
        "audience": {"roles": ["upphandlare"]},
    },
    {
        "title": "Hållbar upphandling: så följer vi upp",
        "in_days": 23,
        "at": time(13),
        "place": "Tullverket, Sundsvall",
        "audience": {"roles": ["upphandlare", "ekonom"]},
    },
    {
        "title": "Skyddsombud och chefer om hot och våld",
        "in_days": 30,
        "at": time(9),
        "place": "Mittuniversitetet, Sundsvall",
        "capacity": 40,
        "audience": {"roles": ["huvudskyddsombud", "chef"]},
    },
)
_COURSE = {
    "title": "Statstjänstemannarollen i fokus",
    "title_en": "The role of the civil servant",
    "description": "För dig som har arbetat några år: etiska vägval, saklighet och när lojaliteten prövas.",
    "tenure": {"min_months": 60},
    "training_days": 2,
}


async def play(scene: Scene) -> None:
    made = [await _call(scene, dict(meeting)) for meeting in _MEETINGS]
    await _answer(scene, made[1])
    occasion = await _course(scene)
    scene.report.saw(
        f"{len(made)} meetings are ahead, and {scene.lone.name} comes to “{made[1]['title']}”; "
        f"“{occasion['title']}” is given on {occasion['days'][0]}"
    )


async def _call(scene: Scene, meeting: dict[str, Any]) -> dict[str, Any]:
    """Called by somebody at another agency than the lone specialist's, and sent."""
    convenor = _convenor(scene, meeting["audience"]["roles"][0])
    network, token = scene.network, scene.network.person(convenor)
    day, hour = meeting.pop("in_days"), meeting.pop("at")
    begins = datetime.combine(working_day(datetime.now(HOME).date() + timedelta(days=day)), hour, HOME)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    body = {**meeting, **times, "kind": "network", "convenor_id": convenor.id}
    created = (await network.send("POST", "/events/v1/meetings", token, body)).body
    await network.send("POST", f"/events/v1/meetings/{created['id']}/invitations", token)
    return created


def _convenor(scene: Scene, role: str) -> Record:
    there = _still_here(scene, role)
    return next(one for one in there if one.agency not in {scene.lone.agency, "csn"})


def _still_here(scene: Scene, role: str) -> list[Record]:
    """All but who left in the middle of the story."""
    left = scene.left.id if scene.left else ""
    return [one for one in scene.cast.visible(role) if one.id != left]


async def _answer(scene: Scene, meeting: dict[str, Any]) -> None:
    """The lone specialist comes to one, and has the others left to answer."""
    path = f"/events/v1/meetings/{meeting['id']}/participants/{scene.lone.id}/answer"
    await scene.network.send_when_invited(scene.lone, path, {"answer": "accepted"})


async def _course(scene: Scene) -> dict[str, Any]:
    host = scene.network.system("forsakringskassan")
    found = [one async for one in scene.network.pages("/courses/v1/courses", host)]
    course = next((one for one in found if one["title"] == _COURSE["title"]), None)
    course = course or (await scene.network.send("POST", "/courses/v1/courses", host, _COURSE)).body
    first = working_day(datetime.now(HOME).date() + timedelta(days=48), in_a_row=2)
    days = [first.isoformat(), (first + timedelta(days=1)).isoformat()]
    body = {
        "course_id": course["id"],
        "days": days,
        "place": "Sundsvall",
        "seats": 30,
        "cost_ore": 12_000_000,
    }
    occasion = (await scene.network.send("POST", "/courses/v1/occasions", host, body)).body
    path = f"/courses/v1/occasions/{occasion['id']}/enrolments"
    seniors = [one for one in _still_here(scene, "upphandlare") if one.employed_from < _long_ago()][:6]
    for person in {one.id: one for one in (*seniors, *_if_senior(scene.lone))}.values():
        seat = await scene.network.send(
            "POST", path, scene.network.system(person.agency), {"person_id": person.id}
        )
        require(f"{person.name} has a seat", seat.body["state"] == "enrolled", seat.body)
    return occasion


def _if_senior(person: Record) -> list[Record]:
    return [person] if person.employed_from < _long_ago() else []


def _long_ago() -> date:
    return datetime.now(HOME).date() - timedelta(days=61 * 31)
