"""Those who act for their agency, and those who act for the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agencynet import operations
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import Scene
from agencynet.people import Record

_COORDINATED = ("bolagsverket", "csn")


async def play(scene: Scene) -> None:
    coordinators = [scene.cast.visible("hr-specialist", agency)[0] for agency in _COORDINATED]
    committee = scene.cast.visible("generaldirektor")
    async with _administration(scene) as token:
        for person in coordinators:
            await _appoint(scene, person, token, "coordinators")
        named = " and ".join(map(scene.who, coordinators))
        scene.report.saw(f"{named} coordinate their agencies, by the network's word")
        for person in committee:
            await _appoint(scene, person, token, "steering")
    scene.report.saw(f"{len(committee)} directors-general are the steering committee, by the network's word")
    for person in coordinators:
        await _sees_own(scene, person)
    await _decides(scene, coordinators[0])


async def _appoint(scene: Scene, person: Record, token: str, trust: str) -> None:
    path = f"/directory/v1/agencies/{person.agency}"
    changed = await scene.network.send("PATCH", path, token, {trust: [person.id]})
    require(f"{person.name} is among the agency's {trust}", changed.body[trust] == [person.id], changed.body)


@asynccontextmanager
async def _administration(scene: Scene) -> AsyncIterator[str]:
    """The operator's token for what no agency may decide, revoked when it has been used."""
    slug = _COORDINATED[0]
    settings = operations.settings(scene.network.local)
    token, kept = await operations.create_token(
        settings, slug, "network-administration", ("network:admin", "directory:write")
    )
    try:
        yield token
    finally:
        path = f"/directory/v1/agencies/{slug}/tokens/{kept['id']}"
        await scene.network.send("DELETE", path, scene.network.system(slug))


async def _sees_own(scene: Scene, person: Record) -> None:
    network = scene.network
    path = "/directory/v1/agencies/{}/unmapped"
    own = await eventually(
        f"{person.name} sees what {person.agency} has to map",
        lambda: network.call("GET", path.format(person.agency), network.person(person)),
        until=lambda answer: answer.status == 200,
    )
    other = next(slug for slug in scene.names if slug != person.agency)
    closed = await network.call("GET", path.format(other), network.person(person))
    require(f"{person.name} does not see what {other} has to map", closed.status == 403, closed)
    scene.report.lines([(scene.names[person.agency], _common(own.body["roles"]))])


def _common(words: list[dict[str, Any]]) -> str:
    said = ", ".join(f"{one['word']} ({one['people']})" for one in words[:3])
    return f"{len(words)} words to map: {said}"


async def _decides(scene: Scene, coordinator: Record) -> None:
    """What waits for a coordinator: a record that can't be read, and what a colleague elsewhere corrects."""
    network, agency, token = scene.network, coordinator.agency, scene.network.person(coordinator)
    manager = scene.cast.visible("chef", agency)[0]
    await scene.feeds.publish(agency, [manager.changed(email="saknas")])
    refused = await eventually(
        f"{coordinator.name} sees what was refused",
        lambda: network.call("GET", f"/directory/v1/agencies/{agency}/refused", token),
        until=lambda answer: answer.status == 200 and _of(manager, answer.body),
    )
    feed = await network.get(f"/directory/v1/agencies/{agency}/feed", token)
    scene.report.saw(
        f"{coordinator.name} sees a feed that is {feed['state']}, and why a record of it was refused: "
        f"“{_of(manager, refused.body)[0]['reason_sv']}”"
    )
    gone = scene.left.id if scene.left else ""
    peer = next(one for one in scene.officers if one.agency not in {agency, "csn"} and one.id != gone)
    proposed = {
        "person_id": manager.id,
        "field": "title",
        "value": "Avdelningschef",
        "comment": "Sedan i maj",
    }
    made = await network.send("POST", "/directory/v1/corrections", network.person(peer), proposed)
    waiting = await network.get("/directory/v1/corrections", token, state="waiting")
    require("The correction waits", made.body["id"] in {one["id"] for one in waiting["items"]}, waiting)
    scene.report.saw(
        f"{scene.who(peer)} says that {manager.name}'s title is wrong, which waits for a decision"
    )


def _of(person: Record, listed: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in listed["items"] if one["employee_id"] == person.employee_id]
