"""O1, D24: what is left of somebody who is erased, and of an agency that leaves."""

from datetime import UTC, datetime, timedelta

from shared.contracts.directory import Person
from shared.contracts.topics import (
    COURSES_ENROLMENTS,
    COURSES_OCCASIONS,
    COURSES_PRIVACY,
    COURSES_SETTLEMENTS,
)
from shared.contracts.types import Gone
from shared.privacy import words
from tests.courses.conftest import Network, in_days
from tests.harness import a_person, eventually, latest, signed_in
from tests.privacy import ask_and_wait, counted, exported, left_of


async def taught(network: Network, *people: Person, host: str = "csn") -> str:
    """An occasion that is over and settled."""
    occasion = await network.occasion(agency=host, days=[str(in_days(3))], cost_ore=1_000)
    for person in people:
        await network.enrol(occasion, person)
    state = network.running.service.app.state
    before, later = state.clock, datetime.now(UTC) + timedelta(days=5)
    state.clock = lambda: later
    settled = {"_id": occasion}
    await eventually(lambda: network.db.settlements.find_one(settled), within=20)
    state.clock = before
    return occasion


async def test_somebody_gets_what_is_held_on_them_and_nobody_else(network: Network) -> None:
    person, other = a_person("csn", "one"), a_person("spv", "two")
    await network.people(person, other)
    occasion = await network.occasion()
    for one in (person, other):
        await network.enrol(occasion, one)
    rows = await exported(network.settings, COURSES_PRIVACY, "csn", [person.id])
    assert [(row["occasion_id"], row["state"]) for row in rows["enrolments"]] == [(occasion, "enrolled")]
    assert other.id not in str(rows)


async def test_an_erasure_frees_the_seat_and_leaves_costs_without_a_person(network: Network) -> None:
    person, other = a_person("csn", "one"), a_person("spv", "two")
    await network.people(person, other, network.coordinator)
    past = await taught(network, person, other)
    # Consumers look at the clock of the day.
    over = {"$set": {"first_day": "2026-01-12"}}
    await network.db.enrolments.update_many({"occasion_id": past}, over)
    coming = await network.occasion(days=[str(in_days(40))], seats=1)
    await network.enrol(coming, person)
    await network.enrol(coming, other)
    before = await network.get(f"occasions/{past}/cost-shares")
    dry = await ask_and_wait(network.settings, COURSES_PRIVACY, "count", "csn", [person.id])
    assert counted(dry) == {"people": 1, "enrolments": 2, "bookers": 1}
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", [person.id])
    assert await left_of(network.db, person.id) == []
    assert await network.get(f"occasions/{past}/cost-shares") == before
    states = await network.states(past)
    assert sorted(states.values()) == ["enrolled", "enrolled"]
    assert other.id in states
    assert (await network.states(coming))[other.id] == "enrolled", "the next in line has the seat"
    heard = await latest(network.settings, COURSES_ENROLMENTS)
    for occasion in (past, coming):
        gone = heard[f"{occasion}/{person.id}"]
        assert isinstance(gone, Gone)
        assert gone.reason == "erased"


async def test_who_signed_a_baseline_is_not_told_any_more(network: Network) -> None:
    boss = network.coordinator
    await network.people(boss)
    course = await network.course()
    body = {"low_ore": 10, "high_ore": 20, "basis": "Offert från Åsa Öberg"}
    path = f"/courses/v1/courses/{course}/baselines/csn"
    signed = await network.http.put(path, json=body, headers=signed_in(boss.id, "csn"))
    assert signed.json()["signed_by"] == boss.id, signed.text
    looked_for = words.wanted("s", ["Åsa Öberg"], [])
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", [boss.id], wanted=looked_for)
    kept = await network.db.baselines.find_one({"_id": f"{course}/csn"})
    assert (kept["low_ore"], kept["basis"]) == (10, "Offert från […]")
    left = set(await left_of(network.db, boss.id)) - {"audit", "audit_pending"}
    assert left == {"agencies"}, "which the directory announces without them; acts in office stay (0016)"


async def test_a_departed_agency_s_coming_occasion_is_called_off_and_everybody_hears(
    network: Network,
) -> None:
    guest, own = a_person("spv", "guest"), a_person("csn", "own")
    await network.people(guest, own)
    occasion = await network.occasion()
    await network.enrol(occasion, guest)
    await network.enrol(occasion, own)
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", [own.id])
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", whole=True)
    await network.told(guest, "courses.seat_confirmed", "courses.cancelled")
    assert (await latest(network.settings, COURSES_OCCASIONS))[occasion].cancelled


async def test_of_a_departed_agency_only_what_others_paid_for_stays(network: Network) -> None:
    guest, own = a_person("spv", "guest"), a_person("csn", "own")
    await network.people(guest, own)
    shared, alone = await taught(network, guest, own), await taught(network, own)
    unused = await network.course(title="Qqxkurs", title_en="Qqxcourse")
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", [own.id])
    await ask_and_wait(network.settings, COURSES_PRIVACY, "erasure", "csn", whole=True)
    heard = await latest(network.settings, COURSES_SETTLEMENTS)
    assert isinstance(heard[alone], Gone)
    assert heard[shared].shares_ore == {"csn": 500, "spv": 500}
    assert set(await left_of(network.db, alone)) <= {"audit", "audit_pending"}, "that it was settled"
    assert await left_of(network.db, unused) == []
    assert await left_of(network.db, "Qqx") == []
    assert await left_of(network.db, own.id) == []


async def test_an_agency_that_leaves_gets_its_own_courses_baselines_and_settlements(network: Network) -> None:
    guest, own = a_person("spv", "guest"), a_person("csn", "own")
    await network.people(guest, own)
    occasion = await taught(network, guest, own)
    rows = await exported(network.settings, COURSES_PRIVACY, "csn", [own.id], whole=True)
    assert [row["_id"] for row in rows["settlements"]] == [occasion]
    assert [row["_id"] for row in rows["occasions"]] == [occasion]
    assert {row["person_id"] for row in rows["enrolments"]} == {own.id}
    assert len(rows["courses"]) == 1
