"""E21: who came, as the convenor notes it."""

import asyncio
from datetime import datetime, timedelta

from shared.contracts.directory import Person
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS
from tests.events.network import MEETINGS, Network
from tests.harness import a_person, eventually, latest

NOBODY = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"


async def held(network: Network) -> str:
    """A meeting that both members have said yes to, and that is over."""
    meeting = await network.invited()
    for person in network.members:
        await network.answer(meeting, person, "accepted")
    await network.at(await network.ends(meeting))
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
    end = await network.ends(meeting)
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
    await network.at(await network.starts(meeting))
    for someone in (person.id, a_person("csn").id, NOBODY):
        assert (await network.note(meeting, someone, came=True)).status_code == 404


async def test_e21_what_is_no_answer_is_said(network: Network) -> None:
    meeting = await held(network)
    path = f"{MEETINGS}/{meeting}/attendance/{network.members[0].id}"
    for body in (
        {},
        {"attended": "kanske"},
        {"attended": True, "name": "Åsa"},
        {"attended": False, "code": "7KQ2MXPA"},
    ):
        answer = await network.http.put(path, json=body, headers=network.as_convenor())
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]


async def test_e21_all_of_a_sheet_at_once_leaves_nobody_out(network: Network) -> None:
    people = [a_person("csn") for _ in range(20)]
    await network.people(*people)
    meeting = await network.invited()
    await network.at(await network.starts(meeting))
    answers = await asyncio.gather(*(network.note(meeting, one.id, came=True) for one in people))
    assert {answer.status_code for answer in answers} == {200}
    found = await network.participants(meeting)
    assert all(found[one.id]["attended"] for one in people)


async def test_e21_whoever_is_there_says_so_by_the_code_that_is_shown(network: Network) -> None:
    there, absent = network.members
    meeting = await network.invited()
    announced_before = (await latest(network.settings, EVENTS_MEETINGS))[meeting]
    assert (await network.get(meeting))["check_in"] is None
    code = await network.code(meeting)
    assert await network.code(meeting) == code, "what is on the door stays good"
    starts = await network.starts(meeting)
    await network.at(starts - timedelta(minutes=20))
    answer = await network.check_in(meeting, there, f" {code[:4].lower()} {code[4:].lower()}")
    assert (answer.status_code, answer.json()["attended"]) == (200, True), answer.text
    await eventually(lambda: announced(network, meeting, there), until=lambda came: came is True)
    assert await announced(network, meeting, absent) is None
    assert (await network.check_in(meeting, there, code)).status_code == 200
    await network.idle()
    assert (await latest(network.settings, EVENTS_MEETINGS))[meeting] == announced_before, "no news to others"


async def test_e21_nobody_says_so_by_another_code_or_for_somebody_else_or_out_of_time(
    network: Network,
) -> None:
    person, other = network.members
    meeting, another = await network.invited(), await network.invited()
    code, wrong = await network.code(meeting), await network.code(another)
    starts = await network.starts(meeting)
    await network.at(starts - timedelta(minutes=31))
    early = await network.check_in(meeting, person, code)
    assert (early.status_code, "too early" in early.text) == (409, True)
    await network.at(starts)
    for made_up in (wrong, "", "00000000", code[:-1], "å" * 40):
        refused = await network.check_in(meeting, person, made_up)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "code"), made_up
    agency, convenor = network.system(person.agency), network.as_convenor()
    assert (await network.check_in(meeting, person, code, **agency)).status_code == 403
    assert (await network.check_in(meeting, person, code, **convenor)).status_code == 403
    assert (await network.check_in(meeting, person, code, **network.as_(other))).status_code == 404
    stranger = a_person("csn")
    await network.people(stranger.model_copy(update={"roles": ()}))
    assert (await network.check_in(meeting, stranger, code)).status_code == 404
    ends = await network.ends(meeting)
    await network.at(ends + timedelta(minutes=61))
    late = await network.check_in(meeting, person, code)
    assert (late.status_code, "over" in late.text) == (409, True)
    found = await network.participants(meeting)
    assert {found[one.id]["attended"] for one in network.members} == {None}


async def test_e21_the_code_is_the_convenors_to_show(network: Network) -> None:
    person = network.members[0]
    meeting = await network.invited()
    path = f"{MEETINGS}/{meeting}/attendance-code"
    assert (await network.http.get(path, headers=network.as_convenor())).status_code == 404
    code = await network.code(meeting)
    shown = (await network.http.get(path, headers=network.as_coordinator())).json()
    starts = await network.starts(meeting)
    assert (shown["code"], datetime.fromisoformat(shown["opens_at"])) == (
        code,
        starts - timedelta(minutes=30),
    )
    for method in ("GET", "PUT"):
        assert (await network.http.request(method, path, headers=network.as_(person))).status_code == 403
    seen = await network.http.get(f"{MEETINGS}/{meeting}", headers=network.as_(person))
    assert (code in seen.text, seen.json()["check_in"]["opens_at"]) == (False, shown["opens_at"])
    for state in (await network.meeting())["id"], await network.invited():
        await network.cancel(state)
        refused = await network.http.put(f"{MEETINGS}/{state}/attendance-code", headers=network.as_convenor())
        assert refused.status_code == 409, refused.text
    assert (await network.note(meeting, person.id, came=False)).status_code == 409


async def test_e21_the_convenors_note_and_ones_own_each_replace_the_other(network: Network) -> None:
    person = network.members[0]
    meeting = await network.invited()
    code = await network.code(meeting)
    await network.at(await network.starts(meeting))
    for came in (False, True):
        await network.note(meeting, person.id, came)
        assert (await network.check_in(meeting, person, code)).json()["attended"] is True
    assert (await network.note(meeting, person.id, came=False)).json()["attended"] is False
