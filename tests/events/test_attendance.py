"""E21: who came, as the convenor notes it."""

import asyncio
from datetime import datetime, timedelta

from shared.contracts.directory import Person
from shared.contracts.topics import EVENTS_ATTENDANCE
from tests.events.network import MEETINGS, Network
from tests.harness import a_person, eventually, latest

NOBODY = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"


async def held(network: Network) -> str:
    """A meeting that both members have said yes to, and that is over."""
    meeting = await network.invited()
    for person in network.members:
        await network.answer(meeting, person, "accepted")
    await network.at(datetime.fromisoformat((await network.get(meeting))["ends_at"]))
    return meeting


async def announced(network: Network, meeting: str, person: Person) -> bool | None:
    states = await latest(network.settings, EVENTS_ATTENDANCE)
    return states[f"{meeting}/{person.id}"].attended


async def test_e21_who_came_is_seen_announced_and_thanked(network: Network) -> None:
    there, absent = network.members
    meeting = await held(network)
    for person, came in (there, True), (absent, False):
        answer = await network.note(meeting, person.id, came)
        assert (answer.status_code, answer.json()["attended"]) == (200, came)
    found = await network.participants(meeting)
    assert {one.id: found[one.id]["attended"] for one in network.members} == {
        there.id: True,
        absent.id: False,
    }
    await eventually(lambda: announced(network, meeting, absent), until=lambda came: came is False)
    assert await announced(network, meeting, there) is True
    end = datetime.fromisoformat((await network.get(meeting))["ends_at"])
    await network.at(end + timedelta(days=2))
    await network.told(there, 1, "events.thanks")
    assert await network.all_told(absent, "events.thanks") == []


async def test_e21_a_note_again_changes_nothing_and_can_be_taken_back(network: Network) -> None:
    person = network.members[0]
    meeting = await held(network)
    before = await latest(network.settings, EVENTS_ATTENDANCE)
    for came in (True, True, None):
        assert (await network.note(meeting, person.id, came)).json()["attended"] is came
    await network.idle()
    after = await latest(network.settings, EVENTS_ATTENDANCE)
    key = f"{meeting}/{person.id}"
    assert after[key] == before[key].model_copy(update={"version": before[key].version + 2})
    # Nobody is told of a note.
    assert {one.kind for one in await network.all_told(person)} == {
        "events.invited",
        "events.place_confirmed",
    }


async def test_e21_nobody_has_come_to_what_has_not_begun_or_is_not_held(network: Network) -> None:
    person = network.members[0]
    meeting = await network.invited()
    too_early = await network.note(meeting, person.id, came=True)
    assert (too_early.status_code, "has not begun" in too_early.text) == (409, True)
    draft = (await network.meeting())["id"]
    assert (await network.note(draft, person.id, came=True)).status_code == 409
    await network.cancel(meeting)
    cancelled = await network.note(meeting, person.id, came=True)
    assert (cancelled.status_code, "is cancelled" in cancelled.text) == (409, True)


async def test_e21_who_is_not_on_the_list_or_has_left_is_not_noted(network: Network) -> None:
    person = network.members[0]
    meeting = await network.invited()
    await network.people(person.model_copy(update={"version": 2, "status": "left"}))
    await eventually(lambda: network.states(meeting), until=lambda states: states[person.id] == "cancelled")
    await network.at(datetime.fromisoformat((await network.get(meeting))["starts_at"]))
    for someone in (person.id, a_person("csn").id, NOBODY):
        assert (await network.note(meeting, someone, came=True)).status_code == 404


async def test_e21_what_is_no_answer_is_said(network: Network) -> None:
    meeting = await held(network)
    path = f"{MEETINGS}/{meeting}/attendance/{network.members[0].id}"
    for body in ({}, {"attended": "kanske"}, {"attended": True, "name": "Åsa"}):
        answer = await network.http.put(path, json=body, headers=network.as_convenor())
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]


async def test_e21_all_of_a_sheet_at_once_leaves_nobody_out(network: Network) -> None:
    people = [a_person("csn") for _ in range(20)]
    await network.people(*people)
    meeting = await network.invited()
    await network.at(datetime.fromisoformat((await network.get(meeting))["starts_at"]))
    answers = await asyncio.gather(*(network.note(meeting, one.id, came=True) for one in people))
    assert {answer.status_code for answer in answers} == {200}
    found = await network.participants(meeting)
    assert all(found[one.id]["attended"] for one in people)
