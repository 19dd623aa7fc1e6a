"""The right course at the right time, and again when there is a reason."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.courses.handlers import recommendations
from services.courses.models.documents import start_of
from services.courses.rules.tenure import add_months
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from tests.courses.builders import do_due
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, eventually, messages, publish

NEW = {"min_months": 0, "max_months": 6}
SEASONED = {"min_months": 60, "max_months": None}


async def recommended(network: Network) -> list[Any]:
    found = await messages(network.settings, NOTIFY_REQUESTS)
    return [message.data for message in found if message.data.kind == "courses.recommended"]


async def exactly(network: Network, *people: Person) -> list[Any]:
    """These have had one recommendation each, and nobody else."""
    wanted = sorted(person.id for person in people)
    return await eventually(
        lambda: recommended(network), until=lambda found: sorted(r.person_id for r in found) == wanted
    )


async def test_a_new_employee_hears_of_the_course_once(network: Network) -> None:
    course = await network.course(tenure=NEW)
    occasion = await network.occasion(course)
    person = a_person("spv", employed_from=in_days(-10))
    old = a_person("spv", employed_from=in_days(-1000))
    await network.people(person, old)
    (request,) = await exactly(network, person)
    assert request.subject == f"course/{course}"
    assert request.subject_version == 1
    assert request.data["title_sv"] == "Att jobba i staten"
    assert request.data["employed_months"] == 0
    assert request.data["days"] == [str(in_days(30))]
    await network.people(person.model_copy(update={"version": 2, "place": "Ånge"}))
    await tick(network)
    await tick(network, 1)
    await exactly(network, person)
    assert occasion


async def test_new_occasions_of_one_day_are_one_more_mail_the_next(network: Network) -> None:
    course = await network.course(tenure=NEW)
    await network.occasion(course, days=[str(in_days(20))])
    person = a_person("spv", employed_from=in_days(-10))
    await network.people(person)
    await exactly(network, person)
    for days in (50, 40, 60):
        await network.occasion(course, days=[str(in_days(days))])
        await tick(network)
    await exactly(network, person)
    await tick(network, 1)
    await tick(network, 2)
    first, second = await exactly(network, person, person)
    assert (first.subject_version, second.subject_version) == (1, 2)
    assert second.data["days"] == [str(in_days(40))]


async def test_who_was_told_of_a_cancelled_or_full_occasion_hears_of_another(network: Network) -> None:
    course = await network.course(tenure=NEW)
    first = await network.occasion(course, seats=1)
    await network.occasion(course, days=[str(in_days(50))])
    third = await network.occasion(course, days=[str(in_days(60))])
    person, quicker = (a_person("spv", employed_from=in_days(-10)) for _ in range(2))
    await network.people(person, quicker)
    await exactly(network, person, quicker)
    await network.enrol(first, quicker)
    await tick(network)
    full = await exactly(network, person, person, quicker)
    # Of each partition in its order, and each person's are in one.
    assert [each for each in full if each.person_id == person.id][-1].data["days"] == [str(in_days(50))]
    second = (await network.get("occasions"))["items"][1]["id"]
    await network.post(f"occasions/{second}/cancellation", {})
    await tick(network)
    told = await exactly(network, person, person, person, quicker)
    last = [each for each in told if each.person_id == person.id][-1]
    assert last.data["days"] == [str(in_days(60))]
    # Nothing else to offer, no mail.
    await network.post(f"occasions/{third}/cancellation", {})
    await tick(network)
    await tick(network, 1)
    await exactly(network, person, person, person, quicker)


async def tick(network: Network, days: int = 0) -> None:
    await do_due(network.running.mongo, start_of(in_days(days)) + timedelta(hours=12))


async def test_without_an_occasion_nobody_hears_until_there_is_one(network: Network) -> None:
    course = await network.course(tenure=NEW)
    person, old = a_person("spv", employed_from=in_days(-10)), a_person("spv", employed_from=in_days(-999))
    await network.people(person, old)
    await tick(network)
    assert await recommended(network) == []
    await network.occasion(course)
    await asyncio.gather(*(tick(network) for _ in range(4)))
    await exactly(network, person)


async def test_a_changed_start_date_makes_the_course_fit(network: Network) -> None:
    await network.occasion(await network.course(tenure=NEW))
    person = a_person("spv", employed_from=in_days(-1000))
    await network.people(person)
    await network.people(person.model_copy(update={"version": 2, "employed_from": in_days(-1)}))
    await exactly(network, person)


async def test_the_daily_search_finds_who_has_come_to_five_years(network: Network) -> None:
    """Everybody who fits hears when there is an occasion; then each on the day they have served so long."""
    course = await network.course(tenure=SEASONED)
    here = a_person("csn", employed_from=add_months(in_days(0), -70))
    in_three_days = a_person("csn", employed_from=add_months(in_days(3), -60))
    starts_later = a_person("csn", employed_from=in_days(2))
    await network.people(here, in_three_days, starts_later)
    await network.occasion(course)
    await tick(network)
    await exactly(network, here)
    await tick(network, 1)
    await exactly(network, here)
    await tick(network, 4)
    await exactly(network, here, in_three_days)


async def test_who_starts_later_hears_when_they_start(network: Network) -> None:
    await network.occasion(await network.course(tenure=NEW))
    person = a_person("csn", employed_from=in_days(4))
    await network.people(person)
    await tick(network)
    assert await recommended(network) == []
    await tick(network, 4)
    await exactly(network, person)


async def test_who_has_a_seat_is_not_told_to_take_one(network: Network) -> None:
    course = await network.course()
    occasion = await network.occasion(course)
    person = a_person("csn", employed_from=in_days(-3))
    await network.people(person)
    await network.enrol(occasion, person)
    answer = await network.http.patch(
        f"/courses/v1/courses/{course}", json={"tenure": NEW}, headers=network.by("csn")
    )
    assert answer.status_code == 200
    await tick(network)
    other = a_person("csn", employed_from=in_days(-3))
    await network.people(other)
    await exactly(network, other)


async def test_a_search_of_many_pages_goes_on_where_it_was(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommendations, "_PAGE", 3)
    people = [a_person("csn", employed_from=in_days(-1 - number % 4)) for number in range(20)]
    await network.people(*people)
    await network.occasion(await network.course(tenure=NEW))
    await asyncio.gather(*(tick(network) for _ in range(3)))
    await exactly(network, *people)
    sweep = await network.db.sweeps.find_one({})
    assert sweep["done_until"] == str(in_days(0))
    assert sweep["after"] is None


async def test_arrivals_during_the_search_hear_once(network: Network) -> None:
    """The consumer and the search may come upon the same people at the same time."""
    people = [a_person("csn", employed_from=in_days(-1)) for _ in range(40)]
    course = await network.course(tenure=NEW)
    await network.occasion(course)

    async def search() -> None:
        for _ in range(10):
            await network.db.sweeps.update_one(
                {"_id": course},
                {"$set": {"next_at": start_of(in_days(0)), "done_until": None, "after": None}},
            )
            again = {"$set": {"next": start_of(in_days(0))}, "$inc": {"asked": 1}}
            await network.db.due.update_one({"_id": f"sweep/{course}"}, again)
            await tick(network)

    await asyncio.gather(publish(network.settings, DIRECTORY_PEOPLE, *people), search(), search())
    await exactly(network, *people)
    assert await network.db.parked.find({"topic": "directory.people"}).to_list(None) == []
