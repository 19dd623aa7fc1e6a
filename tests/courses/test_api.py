"""Courses and occasions over HTTP: who may, what is refused, and how it is said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.topics import COURSES_OCCASIONS
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, eventually, latest, signed_in

SOON = (datetime.now(UTC) + timedelta(days=5)).isoformat()
LATE = (datetime.now(UTC) + timedelta(days=300)).isoformat()
NOBODY = "019358a0-6c1a-7b0e-9a0f-6f1d2c3b4a59"


async def test_a_course_comes_back_as_it_was_made(network: Network) -> None:
    body = {
        "title": "Statstjänstemannarollen i fokus",
        "title_en": "The civil servant's role in focus",
        "description": "För den som har varit med ett tag.\nTvå dagar.",
        "audience": {"roles": ["jurist"], "agencies": ["csn", "spv"]},
        "tenure": {"min_months": 60, "max_months": None},
        "training_days": 2,
    }
    made = (await network.post("courses", body)).json()
    empty: dict[str, Any] = {"specialties": [], "places": [], "groups": [], "assignments": []}
    expected = {**body, "audience": {**body["audience"], **empty}}  # type: ignore[dict-item]
    assert {name: made[name] for name in body} == expected
    assert made["agency"] == "csn"
    assert await network.get(f"courses/{made['id']}", "spv") == made
    assert [c["id"] for c in (await network.get("courses"))["items"]] == [made["id"]]


async def test_an_occasion_is_announced_with_its_courses_rules(network: Network) -> None:
    course = await network.course(tenure={"max_months": 6})
    occasion = await network.occasion(course, quotas={"csn": 1}, quotas_open_at=SOON)
    found = await eventually(lambda: latest(network.settings, COURSES_OCCASIONS))
    assert found[occasion].max_months == 6
    assert found[occasion].host == "csn"
    answer = await network.http.patch(
        f"/courses/v1/courses/{course}", json={"title": "Ny titel"}, headers=network.by("csn")
    )
    assert answer.json()["title"] == "Ny titel"
    assert answer.json()["tenure"]["max_months"] == 6
    answer = await network.http.patch(
        f"/courses/v1/courses/{course}",
        json={"tenure": {"min_months": 1}, "audience": {"roles": ["jurist"]}},
        headers=network.by("csn"),
    )
    assert answer.json()["tenure"] == {"min_months": 1, "max_months": 6}
    answer = await network.http.patch(
        f"/courses/v1/courses/{course}", json={"audience": {"agencies": ["csn"]}}, headers=network.by("csn")
    )
    assert answer.json()["audience"]["roles"] == ["jurist"], "lists that were not sent stay"
    await eventually(
        lambda: latest(network.settings, COURSES_OCCASIONS),
        until=lambda found: found[occasion].title == "Ny titel",
    )


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"quotas": {"csn": 2, "spv": 2}}, {"quotas"}),
        ({"quotas": {"okand": 1}}, {"quotas"}),
        ({"quotas": {"csn": -1}}, {"quotas.csn"}),
        ({"quotas": {"CSN": 1}}, {"quotas.CSN.[key]"}),
        ({"minimum": 4}, {"minimum"}),
        ({"seats": 0}, {"seats"}),
        ({"seats": "3"}, {"seats"}),
        ({"seats": True}, {"seats"}),
        ({"days": []}, {"days"}),
        ({"days": ["2020-01-01"]}, {"days"}),
        ({"days": [str(in_days(9)), str(in_days(9))]}, {"days"}),
        ({"days": [20301]}, {"days.0"}),
        ({"quotas_open_at": LATE, "cancel_until": LATE, "decision_at": LATE}, {"quotas_open_at", "cancel_until", "decision_at"}),
        ({"quotas_open_at": "2026-12-03T08:00:00"}, {"quotas_open_at"}),
        ({"cost_ore": -1, "cost_key": "free"}, {"cost_ore", "cost_key"}),
        ({"cost_ore": 10.5}, {"cost_ore"}),
        ({"place": "Sunds\u0000vall"}, {"place"}),
        ({"host": "spv"}, {"host"}),
        ({"course_id": NOBODY, "minimum": 9}, {"course_id", "minimum"}),
        ({"course_id": "../x"}, {"course_id"}),
    ],
)  # fmt: skip
async def test_every_wrong_field_of_an_occasion_is_named(
    network: Network, changes: dict[str, Any], wrong: set[str]
) -> None:
    body = {"course_id": await network.course(), "days": [str(in_days(30))], "seats": 3, **changes}
    answer = await network.post("occasions", body)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == wrong


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201, "title_en": 1}, {"title", "title_en"}),
        ({"title": "a\ufffdb"}, {"title"}),
        ({"tenure": {"min_months": 7, "max_months": 6}}, {"tenure.min_months"}),
        ({"tenure": {"min_months": 10**9}}, {"tenure.min_months"}),
        ({"training_days": 0.3}, {"training_days"}),
        ({"audience": {"agencies": ["$where"]}}, {"audience.agencies.0"}),
        ({"audience": {"rolls": []}}, {"audience.rolls"}),
    ],
)
async def test_every_wrong_field_of_a_course_is_named(
    network: Network, changes: dict[str, Any], wrong: set[str]
) -> None:
    answer = await network.post("courses", {"title": "A", "title_en": "B", **changes})
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == wrong


async def test_only_the_agency_that_made_it_changes_it(network: Network) -> None:
    course = await network.course()
    occasion = await network.occasion(course)
    theirs = await network.occasion(course, agency="spv")
    person = signed_in(a_person("csn").id, "csn")
    boss = signed_in(network.coordinator.id, "csn")

    async def change(what: str, headers: dict[str, str]) -> int:
        field = {"place": "Ånge"} if what.startswith("occ") else {"description": "Ny"}
        answer = await network.http.patch(f"/courses/v1/{what}", json=field, headers=headers)
        return answer.status_code

    for what in (f"courses/{course}", f"occasions/{occasion}"):
        assert await change(what, network.by("spv")) == 403
        assert await change(what, person) == 403
        assert await change(what, boss) == 200
    assert await change(f"occasions/{theirs}", network.by("spv")) == 200
    assert await change(f"occasions/{theirs}", network.by("csn")) == 403
    for path in ("cancellation", "settlement"):
        assert (await network.post(f"occasions/{occasion}/{path}", None, "spv")).status_code == 403
    answer = await network.http.post(
        "/courses/v1/courses", json={"title": "A", "title_en": "B"}, headers=person
    )
    assert answer.status_code == 403


async def test_a_booking_in_between_does_not_spoil_an_editors_if_match(network: Network) -> None:
    person = a_person("csn")
    await network.people(person)
    occasion = await network.occasion()
    path = f"/courses/v1/occasions/{occasion}"
    seen = (await network.http.get(path, headers=network.by("csn"))).headers["etag"]
    await network.enrol(occasion, person)

    async def change(place: str, match: str) -> int:
        headers = {**network.by("csn"), "If-Match": match}
        return (await network.http.patch(path, json={"place": place}, headers=headers)).status_code

    assert await change("Härnösand", seen) == 200
    assert await change("Östersund", seen) == 412
    assert await change("Östersund", "*") == 200
    assert await change("Östersund", "W/x") == 412
    assert await change("Östersund", f'"0", {seen}') == 412
    now = (await network.http.get(path, headers=network.by("csn"))).headers["etag"]
    assert await change("Härnösand", f'"0", {now}') == 200
    assert await change("Östersund", "*") == 200
    assert (await network.get(f"occasions/{occasion}"))["place"] == "Östersund"


async def test_what_people_have_been_promised_can_not_be_taken_back(network: Network) -> None:
    people = [a_person("csn"), a_person("csn"), a_person("spv")]
    await network.people(*people)
    occasion = await network.occasion(seats=2)
    for person in people:
        await network.enrol(occasion, person)

    async def change(**body: Any) -> tuple[int, list[str]]:
        answer = await network.http.patch(
            f"/courses/v1/occasions/{occasion}", json=body, headers=network.by("csn")
        )
        return answer.status_code, [error["field"] for error in answer.json().get("errors", [])]

    assert await change(seats=1) == (422, ["seats"])
    assert await change(days=[str(in_days(40))]) == (422, ["days"])
    assert await change(quotas={"spv": 1}, quotas_open_at=SOON) == (422, ["quotas"])
    assert await change(seats=3) == (200, [])
    # More seats go to the line first.
    assert (await network.states(occasion))[people[2].id] == "enrolled"
    await network.told(people[2], "courses.seat_waiting", "courses.seat_given")


async def test_times_come_back_in_utc(network: Network) -> None:
    body = {
        "course_id": await network.course(),
        "days": ["2099-02-01"],
        "seats": 3,
        "cancel_until": "2099-01-18T23:59:59.1234+01:00",
    }
    made = await network.post("occasions", body)
    assert made.json()["cancel_until"] == "2099-01-18T22:59:59.123000Z"
    assert await network.get(f"occasions/{made.json()['id']}") == made.json()


async def test_a_repeated_key_makes_one_occasion(network: Network) -> None:
    body = {"course_id": await network.course(), "days": [str(in_days(30))], "seats": 3}
    first = await network.post("occasions", body, **{"Idempotency-Key": "k"})
    again = await network.post("occasions", body, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await network.get("occasions"))["items"]) == 1


async def test_what_is_not_there_is_404(network: Network) -> None:
    for path in (
        f"courses/{NOBODY}",
        f"occasions/{NOBODY}",
        f"occasions/{NOBODY}/enrolments",
        f"occasions/{NOBODY}/cost-shares",
        f"occasions/{NOBODY}/eligibility/{NOBODY}",
        f"enrolments/{NOBODY}/{NOBODY}",
        f"courses/{NOBODY}/baselines/csn",
    ):
        answer = await network.http.get(f"/courses/v1/{path}", headers=network.by("csn"))
        assert answer.status_code == 404, path
    assert (await network.post(f"occasions/{NOBODY}/enrolments", {"person_id": NOBODY})).status_code == 404
    occasion = await network.occasion()
    assert (await network.post(f"occasions/{occasion}/enrolments", {"person_id": NOBODY})).status_code == 404


@pytest.mark.parametrize("body", [None, [], {"person_id": 1}, {"person_id": {"$gt": ""}}, {"person_id": "x"}])
async def test_a_wrong_enrolment_is_refused(network: Network, body: Any) -> None:
    occasion = await network.occasion()
    assert (await network.post(f"occasions/{occasion}/enrolments", body)).status_code == 422


async def test_a_token_for_reading_writes_nothing(network: Network) -> None:
    answer = await network.http.get("/courses/v1/courses")
    assert answer.status_code == 401
    agency = await network.db.agencies.find_one({"_id": "spv"})
    token = {**agency["tokens"][0], "scopes": ["courses:read"]}
    await network.db.agencies.update_one({"_id": "spv"}, {"$set": {"tokens": [token]}})
    assert (await network.get("courses", "spv"))["items"] == []
    answer = await network.post("courses", {"title": "A", "title_en": "B"}, "spv")
    assert answer.status_code == 403


async def test_occasions_are_listed_by_day_and_course_in_pages(network: Network) -> None:
    course, other = await network.course(), await network.course()
    later = await network.occasion(course, days=[str(in_days(40))])
    sooner = await network.occasion(course, days=[str(in_days(20))])
    await network.occasion(other)
    found = await network.get(f"occasions?course_id={course}&limit=1&coming=true")
    assert [item["id"] for item in found["items"]] == [sooner]
    found = await network.get(found["next"].removeprefix("/courses/v1/"))
    assert [item["id"] for item in found["items"]] == [later]
    assert found["next"] is None
