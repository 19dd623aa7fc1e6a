"""Step 1: staff records over Kafka."""

from __future__ import annotations

import asyncio

from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import Scene
from agencynet.people import Record, invent

_LAST = "bolagsverket"
# What the groups are called, and how many of the eighty are in each.
_GROUPS = (
    ("Upphandlarna vid Norrlandskusten", "Vi som upphandlar hjälper varandra", 20),
    ("Hållbar upphandling", "Kriterier, uppföljning och exempel", 15),
    ("Klarspråk", "Vi läser varandras texter", 15),
    ("Löpning vid lunch", "Onsdagar klockan 11.45 från Stora torget", 15),
    ("Nya i staten", "För den som har börjat i år", 15),
)


async def play(scene: Scene) -> None:
    """Bolagsverket comes last: when its only procurement officer is seen, the others are there to call."""
    await _predecessors_leave(scene)
    staff = scene.cast.staff
    others = [agency for agency in staff if agency != _LAST]
    await asyncio.gather(*(scene.feeds.publish(agency, staff[agency]) for agency in others))
    await asyncio.gather(*(_found(scene, agency) for agency in others))
    await scene.feeds.publish(_LAST, staff[_LAST])
    found = {agency: await _count(scene, agency) for agency in staff}
    scene.report.lines(
        [
            (scene.names[agency], f"{len(records)} published", f"{found[agency]} found by search")
            for agency, records in staff.items()
        ]
    )
    hidden = [one for one in scene.cast.everybody if one.protected]
    scene.report.saw(
        f"{len(scene.cast.everybody)} people published over Kafka, {sum(found.values())} of them found by "
        f"search; the {len(hidden)} with protected identity are not"
    )
    await _copied(scene)
    await _groups(scene)


async def _predecessors_leave(scene: Scene) -> None:
    """Where the story was played before, those who were alone in a role then have left: their successors
    would not be alone beside them.
    """
    today = scene.cast.hires[_LAST].employed_from
    earlier = [one for run in range(1, scene.cast.run) for one in invent(run, today).alone]
    leaving = [one for one in earlier if await _is_here(scene, one)]
    for agency in {one.agency for one in leaving}:
        await scene.feeds.publish(
            agency, [one.changed(status="left") for one in leaving if one.agency == agency]
        )
    if leaving:
        scene.report.saw(f"{len(leaving)} who were alone in their role in an earlier run have left")


async def _is_here(scene: Scene, person: Record) -> bool:
    path = f"/directory/v1/people/{person.id}"
    answer = await scene.network.call("GET", path, scene.network.system(person.agency))
    return answer.status == 200 and answer.body["status"] == "active"


async def _found(scene: Scene, agency: str) -> None:
    """Wait until the last published of each partition can be read."""
    token = scene.network.system(agency)
    for person in scene.cast.staff[agency][-6:]:
        await eventually(
            f"{person.email} is in the directory",
            lambda person=person: scene.network.call("GET", f"/directory/v1/people/{person.id}", token),
            until=lambda answer: answer.status == 200,
        )


async def _count(scene: Scene, agency: str) -> int:
    """How many of the agency's are found by search: all but the protected. Raises DidNotHappen."""
    token = scene.network.system(agency)
    records = scene.cast.staff[agency]
    wanted = {one.id for one in records if not one.protected}

    async def look() -> set[str]:
        people = scene.network.pages("/directory/v1/people", token, agency=agency)
        return {one["id"] async for one in people}

    found = await eventually(f"All of {agency} are found by search", look, until=lambda ids: ids >= wanted)
    hidden = {one.id for one in records if one.protected}
    require(f"Nobody protected at {agency} is found by search", not found & hidden)
    return len(found & wanted)


async def _copied(scene: Scene) -> None:
    visible = [one for one in scene.cast.everybody if not one.protected]

    async def reached() -> int:
        rule = {"agencies": sorted(scene.cast.staff)}
        path = "/events/v1/audiences/preview"
        answer = await scene.network.send("POST", path, scene.network.system(_LAST), rule)
        return answer.body["count"]

    count = await eventually("The events service knows them", reached, lambda count: count >= len(visible))
    scene.report.saw(f"The events service's own copy holds {count} people whom a meeting can reach")


async def _groups(scene: Scene) -> None:
    eager = [*scene.officers, *(one for one in scene.cast.everybody if not one.protected and not one.role)]
    rest = iter(eager)
    made: list[tuple[str, str]] = []
    for name, purpose, size in _GROUPS:
        members = [next(rest) for _ in range(size)]
        group = await _start_group(scene, members[0], name, purpose)
        for member in members[1:]:
            path = f"/directory/v1/groups/{group}/members/{member.id}"
            await scene.network.send("PUT", path, scene.network.person(member))
        found = await scene.network.get(f"/directory/v1/groups/{group}", scene.network.system(_LAST))
        require(f"{name} has {size} members", len(found["members"]) == size, len(found["members"]))
        made.append((found["name"], f"{len(found['members'])} members"))
    scene.report.saw(f"{len(made)} groups across the agencies, started by their members")
    scene.report.lines(made)


async def _start_group(scene: Scene, owner: Record, name: str, purpose: str) -> str:
    body = {"name": name, "purpose": purpose}
    answer = await scene.network.send("POST", "/directory/v1/groups", scene.network.person(owner), body)
    return answer.body["id"]
