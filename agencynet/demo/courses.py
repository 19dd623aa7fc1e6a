"""Step 6: a course that nobody could have afforded alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from agencynet.demo.days import working_day
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import HOME, Scene, kronor
from agencynet.people import Record

TITLE = "Att jobba i staten"
_HOST = "forsakringskassan"
_QUOTAS = {"forsakringskassan": 4, "csn": 3, "mittuniversitetet": 2}
_COST_ORE = 8_500_000
_ALONE_ORE = (4_000_000, 6_000_000)
_NEW_DAYS = 170
_LONG_DAYS = 400


async def announce(scene: Scene) -> None:
    """The host sets up an occasion; whom it fits by tenure hears of it."""
    token = scene.network.system(_HOST)
    found = [one async for one in scene.network.pages("/courses/v1/courses", token)]
    course = next((one for one in found if one["title"] == TITLE), None) or await _course(scene, token)
    made = await scene.network.send("POST", "/courses/v1/occasions", token, _occasion(course["id"]))
    scene.occasion = made.body
    scene.report.saw(
        f"{scene.names[_HOST]} sets up “{scene.occasion['title']}” on {scene.occasion['days'][0]}, "
        f"{scene.occasion['seats']} seats, for those employed at most {course['tenure']['max_months']} months"
    )


async def _course(scene: Scene, token: str) -> dict[str, Any]:
    body = {
        "title": TITLE,
        "title_en": "Working in central government",
        "description": "Offentlighetsprincipen, rollen som statstjänsteman och den statliga värdegrunden.",
        "tenure": {"min_months": 0, "max_months": 6},
        "training_days": 1,
    }
    return (await scene.network.send("POST", "/courses/v1/courses", token, body)).body


def _occasion(course_id: str) -> dict[str, Any]:
    day = working_day(datetime.now(HOME).date() + timedelta(days=35))
    now = datetime.now(HOME)
    opens = datetime.combine(working_day(now.date() + timedelta(days=14)), now.time(), HOME)
    return {
        "course_id": course_id,
        "days": [day.isoformat()],
        "place": "Sundsvall",
        "seats": sum(_QUOTAS.values()),
        "minimum": 5,
        "quotas": _QUOTAS,
        "quotas_open_at": opens.replace(microsecond=0).isoformat(),
        "cost_ore": _COST_ORE,
        "cost_key": "seat",
    }


async def play(scene: Scene) -> None:
    await _fill(scene)
    await _explain(scene)
    await _share(scene)
    await _save(scene)


def _fitting(scene: Scene, agency: str) -> list[Record]:
    """Who is new enough at the agency, and may be seen."""
    since = datetime.now(HOME).date() - timedelta(days=_NEW_DAYS)
    return [one for one in scene.cast.staff[agency] if one.employed_from > since and not one.protected]


async def _enrol(scene: Scene, person: Record) -> dict[str, Any]:
    path = f"/courses/v1/occasions/{scene.occasion['id']}/enrolments"
    body = {"person_id": person.id}
    return (await scene.network.send("POST", path, scene.network.system(person.agency), body)).body


async def _fill(scene: Scene) -> None:
    seated: list[Record] = []
    waiting: list[Record] = []
    for agency, quota in _QUOTAS.items():
        for person in _fitting(scene, agency)[: quota + 1]:
            enrolled = await _enrol(scene, person)
            (seated if enrolled["state"] == "enrolled" else waiting).append(person)
    occasion = await scene.network.get(
        f"/courses/v1/occasions/{scene.occasion['id']}", scene.network.system(_HOST)
    )
    require("Every seat is taken and none too many", occasion["taken"] == occasion["seats"], occasion)
    require("Each agency has its quota", occasion["taken_by_agency"] == _QUOTAS, occasion["taken_by_agency"])
    await scene.mailboxes.wait_for_all(seated, "courses.seat_confirmed")
    await scene.mailboxes.wait_for_all(waiting, "courses.seat_waiting")
    taken = ", ".join(f"{scene.names[a]} {n}" for a, n in occasion["taken_by_agency"].items())
    scene.report.saw(
        f"Full: {occasion['taken']} of {occasion['seats']} seats ({taken}), {occasion['waiting']} in line; "
        f"each was told by mail"
    )


async def _explain(scene: Scene) -> None:
    long_ago = datetime.now(HOME).date() - timedelta(days=_LONG_DAYS)
    senior = next(
        one for one in scene.cast.staff["csn"] if one.employed_from < long_ago and not one.protected
    )
    newcomer = _fitting(scene, "csn")[_QUOTAS["csn"] + 1]
    rows: list[tuple[str, str, str]] = []
    for person in (senior, newcomer):
        path = f"/courses/v1/occasions/{scene.occasion['id']}/eligibility/{person.id}"
        found = await scene.network.get(path, scene.network.system(person.agency))
        require(f"{person.name} learns why there is no seat now", found["reasons"], found)
        rows += [(person.name, "Varför inte?", reason["text"]) for reason in found["reasons"]]
        rows += [("", "Vad ändrar det?", remedy["text"]) for remedy in found["what_would_change_it"]]
    scene.report.saw("“Why can't I book?” is answered in plain words")
    scene.report.lines(rows)


async def _share(scene: Scene) -> None:
    path = f"/courses/v1/occasions/{scene.occasion['id']}/cost-shares"
    found = await scene.network.get(path, scene.network.system(_HOST))
    total = sum(share["share_ore"] for share in found["shares"])
    require("The shares sum to the cost, to the öre", total == found["cost_ore"] == _COST_ORE, found)
    scene.report.saw(f"The cost of {kronor(found['cost_ore'])} is shared per seat, to the öre:")
    rows = [
        (scene.names[share["agency"]], f"{share['seats']} seats", f"{kronor(share['share_ore']):>14}")
        for share in found["shares"]
    ]
    scene.report.lines([*rows, ("Sum", "", f"{kronor(total):>14}")])


async def _save(scene: Scene) -> None:
    low, high = _ALONE_ORE
    token = scene.network.system("csn")
    path = f"/courses/v1/courses/{scene.occasion['course_id']}/baselines/csn"
    basis = "Egen lärare och lokal, offert 2026"
    await scene.network.send("PUT", path, token, {"low_ore": low, "high_ore": high, "basis": basis})
    year = str(date.fromisoformat(scene.occasion["days"][0]).year)

    async def look() -> dict[str, Any] | None:
        savings = await scene.network.get("/courses/v1/savings", token, agency="csn", period=year)
        rows = [row for row in savings["rows"] if row["occasion_id"] == scene.occasion["id"]]
        return rows[0] if rows and rows[0]["saving"] else None

    row = await eventually("CSN's savings can be seen", look)
    assert row  # noqa: S101 - eventually waits until there is one
    saving = row["saving"]
    alone = row["own_classes"] * low
    require(
        "The saving is the classes of its own less the share",
        saving["low_ore"] == alone - row["share_ore"],
        row,
    )
    scene.report.saw(
        f"CSN saves {kronor(saving['low_ore'])} to {kronor(saving['high_ore'])}: a class of its own would "
        f"have cost {kronor(low)} to {kronor(high)}, it would have needed {row['own_classes']}, and its "
        f"share is {kronor(row['share_ore'])}"
    )
