"""Step 4: answers, seats and the line."""

from __future__ import annotations

from collections import Counter
from typing import Any

from agencynet.demo.mailboxes import require_readable
from agencynet.demo.meeting import CAPACITY
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import Scene
from agencynet.people import Record

_WAITING = 4


async def answer(scene: Scene, person: Record, word: str) -> dict[str, Any]:
    """The person answers; returns their part in the meeting."""
    path = f"/events/v1/meetings/{scene.meeting['id']}/participants/{person.id}/answer"
    sent = await scene.network.send("PUT", path, scene.network.person(person), {"answer": word})
    return sent.body


async def participants(scene: Scene) -> dict[str, dict[str, Any]]:
    """Everybody's part by person id, as the convenor sees it."""
    path = f"/events/v1/meetings/{scene.meeting['id']}/participants"
    token = scene.network.person(scene.convened_by)
    return {one["person_id"]: one async for one in scene.network.pages(path, token)}


async def play(scene: Scene) -> None:
    coming = _mixed(scene)[: CAPACITY + _WAITING]
    states = [(person, await answer(scene, person, "accepted")) for person in coming]
    scene.seated = [person for person, part in states if part["state"] == "accepted"]
    scene.line = [person for person, part in states if part["state"] == "waiting"]
    require("The seats are full", len(scene.seated) == CAPACITY, len(scene.seated))
    places = [part["place_in_line"] for _, part in states if part["state"] == "waiting"]
    require("The others wait in the order they came", places == [1, 2, 3, 4], places)
    scene.report.saw(
        f"{len(coming)} say yes: {len(scene.seated)} have a seat, {len(scene.line)} wait in line"
    )
    await scene.mailboxes.wait_for_all(scene.seated, "events.place_confirmed", uid=scene.uid)
    waiting = await scene.mailboxes.wait_for_all(scene.line, "events.place_waiting")
    scene.report.lines([(f"{n}.", scene.who(p), waiting[p.id].subject) for n, p in enumerate(scene.line, 1)])
    await _decline(scene)


def _mixed(scene: Scene) -> list[Record]:
    """The lone one, then one from each agency, then the next from each: they are to meet each other."""
    officers = [one for one in scene.officers if one not in (scene.lone, scene.convenor)]
    turns: Counter[str] = Counter()
    turn: dict[str, int] = {}
    for one in officers:
        turns[one.agency] += 1
        turn[one.id] = turns[one.agency]
    return [scene.lone, *sorted(officers, key=lambda one: turn[one.id])]


async def _decline(scene: Scene) -> None:
    out, first = scene.seated.pop(), scene.line.pop(0)
    declined = await answer(scene, out, "declined")
    require(f"{out.name} has declined", declined["state"] == "declined", declined)
    await _took_the_seat(scene, first)
    scene.report.saw(f"{scene.who(out)} can't come after all; {scene.who(first)} was first in line")
    parts = await participants(scene)
    taken = [one for one in parts.values() if one["state"] == "accepted"]
    require("All seats are taken, and none twice", len(taken) == CAPACITY, len(taken))
    places = [parts[person.id]["place_in_line"] for person in scene.line]
    require("The line has moved up", places == [1, 2, 3], places)
    scene.report.saw(f"The line has moved up: {scene.who(scene.line[0])} is next")


async def _took_the_seat(scene: Scene, person: Record) -> None:
    """Wait until the person has a seat and has been told, once. Raises DidNotHappen."""

    async def state() -> str:
        return (await participants(scene))[person.id]["state"]

    await eventually(f"{person.name} gets the place", state, lambda found: found == "accepted")
    mail = await scene.mailboxes.wait_for(person, "events.place_given")
    require_readable(mail, person)
    given = {one.message_id for one in await scene.mailboxes.of(person) if one.kind == "events.place_given"}
    require(f"{person.name} is told once", len(given) == 1, given)
    scene.seated.append(person)


async def promoted(scene: Scene) -> Record:
    """The first in line gets a place that has become free, and is told. Raises DidNotHappen."""
    first = scene.line.pop(0)
    await _took_the_seat(scene, first)
    return first
