"""Seats over HTTP, on the real parts."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from services.courses.app import SPEC
from services.courses.models.documents import day_of
from shared.contracts.directory import Person
from shared.contracts.topics import (
    COURSES_ENROLMENTS,
    COURSES_OCCASIONS,
    DIRECTORY_PEOPLE,
    NOTIFY_REQUESTS,
)
from shared.contracts.types import Gone
from tests.courses.builders import do_due
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, eventually, latest, messages, publish, running, signed_in, system


async def test_a_seat_a_line_and_a_promotion_each_told_once(network: Network) -> None:
    first, second, third = a_person("csn"), a_person("spv"), a_person("spv")
    await network.people(first, second, third)
    occasion = await network.occasion(seats=1)
    assert (await network.enrol(occasion, first))["state"] == "enrolled"
    assert (await network.enrol(occasion, second))["place_in_line"] == 1
    assert (await network.enrol(occasion, third))["place_in_line"] == 2
    assert (await network.enrol(occasion, third))["place_in_line"] == 2

    answer = await network.http.delete(
        f"/courses/v1/enrolments/{occasion}/{first.id}", headers=network.by("csn")
    )
    assert answer.json()["state"] == "cancelled"
    assert await network.states(occasion) == {
        first.id: "cancelled",
        second.id: "enrolled",
        third.id: "waiting",
    }
    await network.told(second, "courses.seat_waiting", "courses.seat_given")
    (confirmed,) = await network.told(first, "courses.seat_confirmed")
    assert confirmed.subject == f"occasion/{occasion}"
    assert confirmed.not_after.date() <= in_days(30)
    await network.told(third, "courses.seat_waiting")
    announced = await eventually(
        lambda: latest(network.settings, COURSES_ENROLMENTS),
        until=lambda found: (
            {e.person_id: e.state for e in found.values()}
            == {first.id: "cancelled", second.id: "enrolled", third.id: "waiting"}
        ),
    )
    assert set(announced) == {f"{occasion}/{person.id}" for person in (first, second, third)}
    assert (await latest(network.settings, COURSES_OCCASIONS))[occasion].taken == 1


async def test_two_processes_hammering_one_occasion_never_oversell(network: Network) -> None:
    people = [a_person(agency) for agency in ("csn", "spv", "bolagsverket") for _ in range(30)]
    await network.people(*people)
    quotas = {"csn": 7, "spv": 5}
    opens = datetime.now(UTC) + timedelta(days=5)
    occasion = await network.occasion(seats=20, quotas=quotas, quotas_open_at=opens.isoformat())
    async with running(SPEC, network.settings) as other:
        clients = [network.http, other.http]

        async def enrol(number: int) -> int:
            person = people[number % len(people)]
            answer = await clients[number % 2].post(
                f"/courses/v1/occasions/{occasion}/enrolments",
                json={"person_id": person.id},
                headers=network.by(person.agency),
            )
            return answer.status_code

        codes = await asyncio.gather(*(enrol(number) for number in range(2 * len(people) + 1)))
    assert set(codes) <= {200, 201}
    assert codes.count(201) == len(people)
    states = await network.states(occasion)
    seated = [person for person in people if states[person.id] == "enrolled"]
    assert len(seated) == 20
    assert len(states) == len(people)
    found = await network.get(f"occasions/{occasion}")
    assert found["taken"] == 20
    assert found["waiting"] == len(people) - 20
    assert found["taken_by_agency"]["csn"] >= 7
    assert found["taken_by_agency"]["spv"] >= 5
    lines = [
        d["line"] async for d in network.db.enrolments.find({"occasion_id": occasion, "state": "waiting"})
    ]
    assert len(set(lines)) == len(lines)


async def test_seats_given_back_and_taken_at_once_keep_their_number(network: Network) -> None:
    people = [a_person("csn") for _ in range(20)]
    await network.people(*people)
    occasion = await network.occasion(seats=5)
    for person in people[:10]:
        await network.enrol(occasion, person)
    async with running(SPEC, network.settings) as other:

        async def cancel(number: int) -> httpx2.Response:
            return await other.http.delete(
                f"/courses/v1/enrolments/{occasion}/{people[number].id}", headers=network.by("csn")
            )

        await asyncio.gather(
            *(cancel(number) for number in range(5)),
            *(network.enrol(occasion, person) for person in people[10:]),
        )
    states = await network.states(occasion)
    assert sum(state == "enrolled" for state in states.values()) == 5
    # The five who waited from the start came before everybody who asked later.
    assert {states[person.id] for person in people[5:10]} == {"enrolled"}


async def test_quotas_open_by_the_timer_in_one_of_two_processes(network: Network) -> None:
    first, second = a_person("spv"), a_person("spv")
    await network.people(first, second)
    opens = datetime.now(UTC) + timedelta(days=5)
    occasion = await network.occasion(seats=1, quotas={"csn": 1}, quotas_open_at=opens.isoformat())
    assert (await network.enrol(occasion, first))["state"] == "waiting"
    await network.enrol(occasion, second)
    mongo = network.running.mongo
    await do_due(mongo, opens - timedelta(seconds=1))
    assert (await network.states(occasion))[first.id] == "waiting"
    await asyncio.gather(*(do_due(mongo, opens) for _ in range(4)))
    assert await network.states(occasion) == {first.id: "enrolled", second.id: "waiting"}
    await network.told(first, "courses.seat_waiting", "courses.seat_given")
    assert (await network.db.occasions.find_one({"_id": occasion}))["quotas_due"] is None


async def test_the_service_opens_quotas_by_itself(network: Network) -> None:
    person = a_person("spv")
    await network.people(person)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    occasion = await network.occasion(seats=1, quotas={"csn": 1}, quotas_open_at=soon.isoformat())
    await network.enrol(occasion, person)
    await network.told(person, "courses.seat_waiting", "courses.seat_given")


async def test_nothing_kept_about_an_enrolment_names_the_person(network: Network) -> None:
    person = a_person("csn", given_name="Hemliga", family_name="Gustafsson")
    await network.people(person)
    occasion = await network.occasion()
    await network.enrol(occasion, person)
    await network.told(person, "courses.seat_confirmed")
    await publish(network.settings, DIRECTORY_PEOPLE, Gone(id=person.id, version=2))
    await eventually(lambda: network.states(occasion), until=lambda s: s == {person.id: "cancelled"})
    for collection in await network.db.list_collection_names():
        async for document in network.db[collection].find().hint("_id_"):
            assert "Gustafsson" not in str(document), collection


async def test_a_late_cancellation_is_refused_in_plain_words(network: Network) -> None:
    person = a_person("csn")
    await network.people(person)
    occasion = await network.occasion(cancel_until=str(in_days(-1)))
    await network.enrol(occasion, person)
    path = f"/courses/v1/enrolments/{occasion}/{person.id}"
    answer = await network.http.delete(path, headers=network.by("csn"))
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Det gick att avboka till och med den")
    answer = await network.http.delete(path, headers={**network.by("csn"), "Accept-Language": "en-GB"})
    assert answer.json()["detail"].startswith("It was possible to cancel up to")


@pytest.mark.parametrize(
    "until", [str(in_days(0)), f"{in_days(0)}T00:00:00+01:00", f"{in_days(0)}T00:01:00Z"]
)
async def test_the_last_day_to_cancel_is_a_whole_day(network: Network, until: str) -> None:
    person = a_person("csn")
    await network.people(person)
    occasion = await network.occasion(cancel_until=until)
    await network.enrol(occasion, person)
    (told,) = await network.told(person, "courses.seat_confirmed")
    assert day_of(datetime.fromisoformat(told.data["cancel_until"])) == in_days(0)
    answer = await network.http.delete(
        f"/courses/v1/enrolments/{occasion}/{person.id}", headers=network.by("csn")
    )
    assert answer.json()["state"] == "cancelled"


async def test_a_person_has_one_seat_per_course(network: Network) -> None:
    person = a_person("csn")
    await network.people(person)
    course = await network.course()
    spring, autumn = await network.occasion(course), await network.occasion(course, days=[str(in_days(60))])
    await network.enrol(spring, person)
    path = f"occasions/{autumn}/enrolments"
    answer = await network.post(path, {"person_id": person.id})
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Du har redan en plats på kursen, den ")
    found = await network.get(f"occasions/{autumn}/eligibility/{person.id}")
    assert [reason["code"] for reason in found["reasons"]] == ["seat_elsewhere"]
    assert found["would_get"] is None
    of_course = (await network.get(f"courses/{course}/eligibility/{person.id}"))["items"]
    assert [one["reasons"][0]["code"] for one in of_course] == ["already_enrolled", "seat_elsewhere"]
    await network.http.delete(f"/courses/v1/enrolments/{spring}/{person.id}", headers=network.by("csn"))
    assert (await network.enrol(autumn, person))["state"] == "enrolled"
    # Another course is another matter.
    assert (await network.enrol(await network.occasion(), person))["state"] == "enrolled"


async def test_who_waits_for_one_occasion_takes_no_place_at_another(network: Network) -> None:
    first, person = a_person("csn"), a_person("csn")
    await network.people(first, person)
    course = await network.course()
    full, free = await network.occasion(course, seats=1), await network.occasion(course)
    await network.enrol(full, first)
    assert (await network.enrol(full, person))["state"] == "waiting"
    answer = await network.post(f"occasions/{free}/enrolments", {"person_id": person.id})
    assert answer.status_code == 409
    assert "kö" in answer.json()["detail"]
    await network.http.delete(f"/courses/v1/enrolments/{full}/{person.id}", headers=network.by("csn"))
    assert (await network.enrol(free, person))["state"] == "enrolled"


async def test_two_processes_at_once_give_one_seat_per_course(network: Network) -> None:
    people = [a_person("csn") for _ in range(12)]
    await network.people(*people)
    course = await network.course()
    occasions = [await network.occasion(course, seats=30) for _ in range(4)]
    async with running(SPEC, network.settings) as other:
        clients = [network.http, other.http]

        async def enrol(number: int, occasion: str, person: Person) -> int:
            answer = await clients[number % 2].post(
                f"/courses/v1/occasions/{occasion}/enrolments",
                json={"person_id": person.id},
                headers=network.by("csn"),
            )
            return answer.status_code

        tries = [(occasion, person) for person in people for occasion in occasions]
        codes = await asyncio.gather(*(enrol(number, *each) for number, each in enumerate(tries)))
    assert codes.count(201) == len(people)
    assert codes.count(409) == len(tries) - len(people)
    active = await network.db.enrolments.find({"state": "enrolled"}).hint("_id_").to_list(None)
    assert sorted(one["person_id"] for one in active) == sorted(person.id for person in people)


async def test_people_enrol_themselves_and_coordinators_their_agency(network: Network) -> None:
    me, colleague, stranger = a_person("csn"), a_person("csn"), a_person("spv")
    await network.people(me, colleague, stranger)
    occasion = await network.occasion(seats=9)
    path = f"/courses/v1/occasions/{occasion}/enrolments"

    async def enrol(headers: dict[str, str], person_id: str) -> int:
        return (await network.http.post(path, json={"person_id": person_id}, headers=headers)).status_code

    mine, boss = signed_in(me.id, "csn"), signed_in(network.coordinator.id, "csn")
    assert await enrol(mine, me.id) == 201
    assert await enrol(mine, colleague.id) == 403
    assert await enrol(boss, colleague.id) == 201
    assert await enrol(boss, stranger.id) == 404
    assert await enrol(network.by("csn"), stranger.id) == 404

    own = (await network.http.get(path, headers=mine)).json()["items"]
    assert [item["person_id"] for item in own] == [me.id]
    assert len((await network.http.get(path, headers=boss)).json()["items"]) == 2
    assert (await network.http.get(path, headers=network.by("spv"))).json()["items"] == []
    other = await network.http.get(f"/courses/v1/enrolments/{occasion}/{me.id}", headers=network.by("spv"))
    assert other.status_code == 404
    gone = await network.http.delete(f"/courses/v1/enrolments/{occasion}/{me.id}", headers=network.by("spv"))
    assert gone.status_code == 404
    assert (await network.get(f"occasions/{occasion}", "spv"))["taken_by_agency"] == {"csn": 2}


async def test_a_cancelled_occasion_is_told_to_everybody_once(network: Network) -> None:
    seated, waiting = a_person("csn"), a_person("spv")
    await network.people(seated, waiting)
    occasion = await network.occasion(seats=1)
    await network.enrol(occasion, seated)
    await network.enrol(occasion, waiting)
    for _ in range(2):
        answer = await network.http.patch(
            f"/courses/v1/occasions/{occasion}", json={"cancelled": True}, headers=network.by("csn")
        )
        assert answer.json()["cancelled"] is True
        assert (await network.post(f"occasions/{occasion}/cancellation", None)).status_code == 200
    await network.told(seated, "courses.seat_confirmed", "courses.cancelled")
    await network.told(waiting, "courses.seat_waiting", "courses.cancelled")
    assert set((await network.states(occasion)).values()) == {"cancelled"}
    refused = await network.post(f"occasions/{occasion}/enrolments", {"person_id": seated.id})
    assert refused.json()["detail"] == "Kurstillfället är inställt."


async def test_a_seat_is_kept_through_a_restart_and_nobody_is_told_again(network: Network) -> None:
    person = a_person("csn")
    await network.people(person)
    occasion = await network.occasion(seats=1)
    await network.enrol(occasion, person)
    async with running(SPEC, network.settings) as again:
        answer = await again.http.post(
            f"/courses/v1/occasions/{occasion}/enrolments",
            json={"person_id": person.id},
            headers=system(network.tokens["csn"]),
        )
        assert answer.status_code == 200
    await network.told(person, "courses.seat_confirmed")
    assert len(await messages(network.settings, NOTIFY_REQUESTS)) == 1
