"""Costs, settlements and savings over HTTP."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from services.courses.models.documents import start_of
from shared.contracts.topics import COURSES_SETTLEMENTS, DIRECTORY_AGENCIES
from tests.courses.builders import do_due
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, an_agency, eventually, latest, messages, publish, signed_in

# A day later than needed: the tests may run over midnight.
OVER = in_days(32)


def noon(day: date) -> datetime:
    return (start_of(day) + timedelta(hours=12)).astimezone(UTC)


async def sign(network: Network, course: str, agency: str, low: Any, high: Any) -> httpx2.Response:
    return await network.http.put(
        f"/courses/v1/courses/{course}/baselines/{agency}",
        json={"low_ore": low, "high_ore": high, "basis": "Offert"},
        headers=network.by("csn"),
    )


async def a_full_occasion(network: Network, course: str = "", **fields: Any) -> str:
    people = [a_person("csn"), a_person("csn"), a_person("spv")]
    await network.people(*people)
    occasion = await network.occasion(course, seats=3, **fields)
    for person in people:
        await network.enrol(occasion, person)
    return occasion


def shares(found: dict[str, Any]) -> dict[str, int]:
    return {share["agency"]: share["share_ore"] for share in found["shares"]}


async def test_shares_are_estimated_first_and_settled_after(network: Network) -> None:
    occasion = await a_full_occasion(network)
    found = await network.get(f"occasions/{occasion}/cost-shares", "spv")
    assert found["status"] == "estimate"
    assert shares(found) == {"csn": 667, "spv": 333}

    early = await network.post(f"occasions/{occasion}/settlement", None)
    assert early.status_code == 409
    network.running.service.app.state.clock = lambda: noon(OVER)
    first = (await network.post(f"occasions/{occasion}/settlement", None)).json()
    again = (await network.post(f"occasions/{occasion}/settlement", None)).json()
    assert first == again
    assert shares(first) == {"csn": 667, "spv": 333}
    assert (await network.get(f"occasions/{occasion}/cost-shares"))["status"] == "settled"

    announced = await eventually(lambda: latest(network.settings, COURSES_SETTLEMENTS))
    assert announced[occasion].shares_ore == {"csn": 667, "spv": 333}
    assert announced[occasion].version == 1
    changed = await network.http.patch(
        f"/courses/v1/occasions/{occasion}", json={"cost_ore": 1}, headers=network.by("csn")
    )
    assert changed.status_code == 409


async def test_the_timer_settles_once_after_the_last_day(network: Network) -> None:
    occasion = await a_full_occasion(network)
    off = await network.occasion()
    await network.post(f"occasions/{off}/cancellation", None)
    mongo = network.running.mongo
    await do_due(mongo, noon(in_days(30)))
    assert (await network.get("settlements"))["items"] == []
    await asyncio.gather(*(do_due(mongo, noon(OVER)) for _ in range(4)))
    (settled,) = (await network.get("settlements?agency=csn", "spv"))["items"]
    assert settled["id"] == occasion
    assert (await network.get("settlements", "bolagsverket"))["items"] == []
    assert (await network.get("settlements?agency=csn", "bolagsverket"))["items"] == []
    assert len((await network.get(f"settlements?period={OVER.year}"))["items"]) == (
        in_days(30).year == OVER.year
    )
    assert (await network.get("settlements?period=2031-01"))["items"] == []
    await eventually(lambda: messages(network.settings, COURSES_SETTLEMENTS))
    assert len(await messages(network.settings, COURSES_SETTLEMENTS)) == 1


async def test_headcount_is_of_those_who_work_there_now(network: Network) -> None:
    await network.people(*(a_person("csn") for _ in range(4)), a_person("csn", status="left"))
    occasion = await a_full_occasion(network, cost_key="headcount", cost_ore=700)
    assert shares(await network.get(f"occasions/{occasion}/cost-shares")) == {"csn": 600, "spv": 100}


async def test_before_anybody_is_enrolled_quotas_give_the_estimate(network: Network) -> None:
    occasion = await network.occasion(seats=4, quotas={"csn": 1, "spv": 3})
    assert shares(await network.get(f"occasions/{occasion}/cost-shares")) == {"csn": 250, "spv": 750}
    empty = await network.occasion(seats=4)
    assert shares(await network.get(f"occasions/{empty}/cost-shares")) == {"csn": 1000}


async def test_savings_are_ranges_traced_to_rows_and_never_guessed(network: Network) -> None:
    course, other = await network.course(), await network.course()
    assert (await sign(network, course, "csn", 5000, 9000)).status_code == 200
    settled = await a_full_occasion(network, course)
    await do_due(network.running.mongo, noon(OVER))
    coming = await a_full_occasion(network, course)
    unsigned = await a_full_occasion(network, other)
    period = str(in_days(30).year)
    found = await network.get(f"savings?agency=csn&period={period}")
    assert found["settled"] == {"low_ore": 5000 - 667, "high_ore": 9000 - 667}
    assert found["estimated"] == found["settled"]
    assert found["without_baseline"] == 1
    rows = {row["occasion_id"]: row for row in found["rows"]}
    assert rows[settled]["status"] == "settled"
    assert rows[settled]["share_ore"] == 667
    assert rows[settled]["baseline"]["signed_by"] == "system"
    assert rows[coming]["status"] == "estimate"
    assert rows[unsigned]["saving"] is None
    assert rows[unsigned]["baseline"] is None
    theirs = await network.get(f"savings?period={period}", "spv")
    assert theirs["without_baseline"] == 3
    assert theirs["settled"] == {"low_ore": 0, "high_ore": 0}
    hidden = await network.http.get("/courses/v1/savings?agency=csn", headers=network.by("spv"))
    assert hidden.status_code == 404
    wrong = await network.http.get("/courses/v1/savings?period=2026-13", headers=network.by("spv"))
    assert wrong.status_code == 422


async def test_three_seats_on_three_occasions_save_one_class_and_the_rows_say_so(network: Network) -> None:
    course = await network.course()
    await sign(network, course, "csn", 60_000_00, 60_000_00)
    people = [a_person("csn") for _ in range(3)]
    await network.people(*people)
    days = (20, 21, 22)
    for person, day in zip(people, days, strict=True):
        occasion = await network.occasion(course, seats=20, cost_ore=5_000_00, days=[str(in_days(day))])
        await network.enrol(occasion, person)
    # All in one year, whatever the day is on which the tests run.
    years = {str(in_days(day).year) for day in days}
    found = [await network.get(f"savings?agency=csn&period={year}") for year in sorted(years)]
    rows = [row for one in found for row in one["rows"]]
    assert sum(row["own_classes"] for row in rows) == len(years)
    low = sum(one["estimated"]["low_ore"] for one in found)
    assert low == len(years) * 60_000_00 - 15_000_00
    if len(years) == 1:
        assert [(r["seats_before"], r["class_size"], r["own_classes"]) for r in rows] == [
            (0, 20, 1),
            (1, 20, 0),
            (2, 20, 0),
        ]
        months = {f"{in_days(day):%Y-%m}" for day in days}
        by_month = [await network.get(f"savings?agency=csn&period={month}") for month in sorted(months)]
        assert sum(one["estimated"]["low_ore"] for one in by_month) == low, "months sum to their year"


async def test_an_agency_signs_its_own_baseline_only(network: Network) -> None:
    course = await network.course()
    assert (await sign(network, course, "spv", 1, 2)).status_code == 404
    wrong = await sign(network, course, "csn", 3, 2)
    assert [error["field"] for error in wrong.json()["errors"]] == ["low_ore"]
    assert (await sign(network, course, "csn", 1.5, 2)).status_code == 422
    first = (await sign(network, course, "csn", 1, 2)).json()
    assert (await sign(network, course, "csn", 1, 2)).json() == first
    changed = (await sign(network, course, "csn", 1, 3)).json()
    assert changed["version"] == 2
    assert datetime.fromisoformat(changed["signed_at"]) <= datetime.now(UTC)
    assert await network.get(f"courses/{course}/baselines/csn") == changed
    hidden = await network.http.get(f"/courses/v1/courses/{course}/baselines/csn", headers=network.by("spv"))
    assert hidden.status_code == 404


async def test_the_steering_committee_sees_what_all_save_together_and_nobody_else_does(
    network: Network,
) -> None:
    """C18, P8: the sums of what each agency sees of itself."""
    course = await network.course()
    await sign(network, course, "csn", 4_000, 6_000)
    await a_full_occasion(network, course)
    cancelled = await a_full_occasion(network, course)
    await network.post(f"occasions/{cancelled}/cancellation", {})
    path, year = "network-figures", str(in_days(30).year)
    for caller in (network.by("csn"), signed_in(network.coordinator.id, "csn")):
        answer = await network.http.get(f"/courses/v1/{path}", headers=caller)
        assert answer.status_code == 403
    member = a_person("spv")
    await network.people(member)
    changed = an_agency("spv", version=2, steering=(member.id,))
    await publish(network.settings, DIRECTORY_AGENCIES, changed)
    await eventually(lambda: network.db.agencies.find_one({"_id": "spv", "version": 2}))
    answer = await network.http.get(
        f"/courses/v1/{path}", params={"period": year}, headers=signed_in(member.id, "spv")
    )
    found = answer.json()
    assert (found["occasions"], found["seats"]) == (1, 3)
    assert {one["agency"]: one["seats"] for one in found["agencies"]} == {"csn": 2, "spv": 1}
    own = await network.get(f"savings?period={year}", "csn")
    [csn] = [one for one in found["agencies"] if one["agency"] == "csn"]
    assert csn["estimated"] == own["estimated"]
    assert found["estimated"] == own["estimated"], "spv has signed no baseline"
    assert found["without_baseline"] == 1
    assert "rows" not in csn
