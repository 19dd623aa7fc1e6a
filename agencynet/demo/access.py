"""Step 8: other systems ask over HTTP."""

from __future__ import annotations

from agencynet.demo.observing import require
from agencynet.demo.scene import Scene


async def play(scene: Scene) -> None:
    await _own(scene)
    await _anothers(scene)
    await _nobodys(scene)


async def _own(scene: Scene) -> None:
    """Bolagsverket's intranet, with Bolagsverket's token."""
    network, officer = scene.network, scene.lone
    token = network.system(officer.agency)
    person = await network.get(f"/directory/v1/people/{officer.id}", token)
    meeting = await network.get(f"/events/v1/meetings/{scene.meeting['id']}", token)
    parts = await network.get(f"/events/v1/meetings/{scene.meeting['id']}/participants", token, limit=100)
    occasion = await network.get(f"/courses/v1/occasions/{scene.occasion['id']}", token)
    told = await network.get("/notify/v1/notifications", token, person=officer.id, limit=100)
    require("Only its own participants are shown", {p["agency"] for p in parts["items"]} == {officer.agency})
    require("The notifications of its own are shown", len(told["items"]) >= 3, told)
    scene.report.saw(f"With {scene.names[officer.agency]}'s token another system reads:")
    scene.report.lines(
        [
            ("people", f"{person['display_name']}, {person['title']}, {person['phone']}"),
            (
                "meetings",
                f"{meeting['title']}: {meeting['state']}, its own participants {len(parts['items'])}",
            ),
            ("courses", f"{occasion['title']}: {occasion['taken']} of {occasion['seats']} seats taken"),
            ("notifications", ", ".join(f"{one['kind']} {one['state']}" for one in reversed(told["items"]))),
        ]
    )


async def _anothers(scene: Scene) -> None:
    """What another agency's token does not open."""
    network, officer = scene.network, scene.lone
    token, own = network.system("tullverket"), network.system(officer.agency)
    protected = next(one for one in scene.cast.everybody if one.protected and one.agency != "tullverket")
    theirs = network.system(protected.agency)
    rows: list[tuple[str, str, str]] = []

    async def refused(what: str, path: str, mine: str) -> None:
        open_to = await network.call("GET", path, mine)
        closed_to = await network.call("GET", path, token)
        require(f"{what}: 200 for its own agency", open_to.status == 200, open_to)
        require(f"{what}: 404 for another", closed_to.status == 404, closed_to)
        rows.append((what, f"its own agency {open_to.status}", f"Tullverket {closed_to.status}"))

    await refused("a person with protected identity", f"/directory/v1/people/{protected.id}", theirs)
    told = await network.get("/notify/v1/notifications", own, person=officer.id)
    await refused("a notification", f"/notify/v1/notifications/{told['items'][0]['id']}", own)
    await refused("savings", f"/courses/v1/savings?agency={officer.agency}", own)
    seen = await network.get("/notify/v1/notifications", token, person=officer.id)
    require("Another agency's notifications are not listed", seen["items"] == [], seen)
    parts = await network.get(f"/events/v1/meetings/{scene.meeting['id']}/participants", token, limit=100)
    others = {part["agency"] for part in parts["items"]} - {"tullverket"}
    require("Another agency's participants are not listed", not others, others)
    scene.report.saw("With Tullverket's token it does not see what is not Tullverket's:")
    scene.report.lines(rows)


async def _nobodys(scene: Scene) -> None:
    network = scene.network
    without = await network.call("GET", "/directory/v1/people?q=upphandlare", None)
    require("Without a token nothing is shown", without.status == 401, without)
    body = {"slug": "annan", "name": "Annan", "full_name": "Annan", "name_en": "Other", "places": ["Ort"]}
    token = network.system("tullverket")
    beyond = await network.call(
        "POST", "/directory/v1/agencies", token, body={**body, "mail_domain": "annan.example"}
    )
    require("Without the scope it may not add an agency", beyond.status == 403, beyond)
    scene.report.saw(f"Without a token {without.status}; beyond the token's scopes {beyond.status}")
