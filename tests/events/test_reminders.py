"""E22: reminders before a meeting and after it, once each, whatever happens to the meeting or to us."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.events.app import SPEC
from tests.events.network import MEETINGS, Network, event, soon
from tests.harness import a_person, eventually, running, system

WEEK, DAY, SECOND = timedelta(days=7), timedelta(days=1), timedelta(seconds=1)


def start_of(meeting: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(meeting["starts_at"])


async def test_e22_who_comes_is_reminded_and_who_has_not_answered_is_asked(network: Network) -> None:
    coming, silent = network.members
    perhaps, refusing = a_person("csn"), a_person("spv")
    await network.people(perhaps, refusing)
    meeting = await network.invited()
    await network.answer(meeting, coming, "accepted")
    await network.answer(meeting, perhaps, "tentative")
    await network.answer(meeting, refusing, "declined")
    start = start_of(await network.get(meeting))
    await network.at(start - WEEK - SECOND)
    assert await network.all_told(coming, "events.reminder") == []
    for moment in (start - WEEK, start - WEEK + SECOND, start - DAY, start - SECOND):
        await network.at(moment)
    for person in (coming, perhaps):
        week, day = await network.told(person, 2, "events.reminder")
        assert week.subject == day.subject == f"meeting/{meeting}"
        assert week.subject_version < day.subject_version
        assert week.not_after == start
        assert week.data["title"] == "Nätverksmöte för upphandlare"
        assert week.calendar is None
    first, _ = await network.told(silent, 2, "events.answer_wanted")
    shown = event(first)
    assert (shown["uid"], shown["sequence"]) == (f"{meeting}@agencynet", 0)
    assert shown["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert await network.all_told(refusing, "events.reminder") == []
    assert await network.all_told(refusing, "events.answer_wanted") == []


async def test_e22_a_meeting_that_moves_is_not_reminded_of_at_its_old_time(network: Network) -> None:
    coming = network.members[0]
    meeting = await network.invited()
    await network.answer(meeting, coming, "accepted")
    old = start_of(await network.get(meeting))
    await network.at(old - WEEK)
    moved = await network.change(meeting, starts_at=soon(days=40), ends_at=soon(days=40, hours=2))
    assert moved.status_code == 200, moved.text
    new = start_of(moved.json())
    await network.at(old + SECOND)
    await network.told(coming, 1, "events.reminder")
    await network.at(new - WEEK)
    await network.at(new - DAY)
    told = await network.told(coming, 3, "events.reminder")
    assert [one.not_after for one in told] == [old, new, new]
    assert [one.subject_version for one in told] == sorted({one.subject_version for one in told})
    rows = await network.db.due.find({"kind": "timer", "subject": f"meeting/{meeting}"}).to_list(None)
    assert {row["data"]["zone"] for row in rows} == {"Europe/Stockholm"}


async def test_e22_a_change_of_something_else_leaves_the_reminders_alone(network: Network) -> None:
    coming = network.members[0]
    meeting = await network.invited()
    await network.answer(meeting, coming, "accepted")
    start = start_of(await network.get(meeting))
    await network.at(start - WEEK)
    await network.change(meeting, place="Sal B")
    await network.change(meeting, reminders=[{"days_before": 7}, {"days_before": 1}, {"minutes_before": 60}])
    await network.at(start - WEEK + SECOND)
    await network.told(coming, 1, "events.reminder")
    await network.at(start - DAY)
    *_, last = await network.told(coming, 2, "events.reminder")
    assert last.data["place"] == "Sal B"
    await network.at(start - timedelta(minutes=60))
    told = await network.told(coming, 3, "events.reminder")
    assert [one.subject_version for one in told] == sorted({one.subject_version for one in told})


async def test_e22_a_cancelled_meeting_is_never_reminded_of(network: Network) -> None:
    coming, silent = network.members
    meeting = await network.invited()
    await network.answer(meeting, coming, "accepted")
    start = start_of(await network.get(meeting))
    await network.cancel(meeting)
    await network.at(start + WEEK)
    assert {one.kind for one in await network.all_told(coming)} == {
        "events.invited",
        "events.place_confirmed",
        "events.cancelled",
    }
    assert {one.kind for one in await network.all_told(silent)} == {"events.invited", "events.cancelled"}
    assert await network.all_told(network.convenor) == []


async def test_e22_after_a_standstill_one_reminder_is_enough_and_none_comes_too_late(
    network: Network,
) -> None:
    coming = network.members[0]
    first, second = await network.invited(), await network.invited(starts_at=soon(29), ends_at=soon(29, 2))
    for meeting in (first, second):
        await network.answer(meeting, coming, "accepted")
    # Both of either meeting's are due by now; the second meeting has begun.
    await network.at(start_of(await network.get(second)))
    (only,) = await network.told(coming, 1, "events.reminder")
    assert only.subject == f"meeting/{first}"


@pytest.mark.parametrize("step", [timedelta(hours=1), DAY])
async def test_e22_a_clock_that_is_set_and_set_right_reminds_once_and_not_after_the_start(
    network: Network, step: timedelta
) -> None:
    coming = network.members[0]
    meeting = await network.invited(reminders=[{"minutes_before": 5}])
    await network.answer(meeting, coming, "accepted")
    start = start_of(await network.get(meeting))
    before = start - timedelta(minutes=5)
    await network.at(before - SECOND + step)
    assert await network.all_told(coming, "events.reminder") == []
    await network.at(before - SECOND - step)
    # It was put off by MongoDB's clock, which nobody has set.
    await network.db.due.update_many(
        {"kind": "timer", "state": "due", "due": before}, {"$unset": {"until": ""}}
    )
    await network.at(before)
    await network.told(coming, 1, "events.reminder")
    for moment in (before - step, before + SECOND, before + step):
        await network.at(moment)
    await network.told(coming, 1, "events.reminder")


async def test_e22_afterwards_the_convenor_is_asked_and_those_who_came_are_thanked(network: Network) -> None:
    there, absent = network.members
    meeting = await network.invited()
    for person in network.members:
        await network.answer(meeting, person, "accepted")
    end = await network.ends(meeting)
    await network.at(end)
    (asked,) = await network.told(network.convenor, 1, "events.record_attendance")
    assert asked.data["coming"] == 2
    assert (await network.note(meeting, absent.id, came=False)).status_code == 200
    await network.at(end + DAY + DAY)
    await network.told(there, 1, "events.thanks")
    assert await network.all_told(absent, "events.thanks") == []


async def test_e22_a_meeting_can_do_without(network: Network) -> None:
    coming = network.members[0]
    meeting = await network.invited(reminders=[], follow_up=False)
    await network.answer(meeting, coming, "accepted")
    assert await network.db.due.find_one({"subject": f"meeting/{meeting}", "kind": "timer"}) is None
    shown = await network.get(meeting)
    assert (shown["reminders"], shown["follow_up"]) == ([], False)


async def test_e22_a_large_meeting_is_reminded_once_each_by_two_replicas(network: Network) -> None:
    crowd = [a_person("csn", f"c{n}", roles=("utredare",)) for n in range(450)]
    await network.people(*crowd)
    meeting = (await network.meeting(audience={"roles": ["utredare"]}))["id"]
    await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    await eventually(
        lambda: network.get(meeting), until=lambda m: m["counts"].get("invited") == 450, within=30
    )
    start = start_of(await network.get(meeting))
    async with running(SPEC, network.settings) as other:
        other.service.app.state.clock = lambda: start - DAY
        await network.at(start - DAY)
        for person in (crowd[0], crowd[199], crowd[200], crowd[449]):
            await network.told(person, 1, "events.answer_wanted")


async def test_e22_on_25_october_02_30_is_the_first_of_the_two(network: Network) -> None:
    """The night when the clock is turned back in Stockholm, through the whole service."""
    coming = network.members[0]
    await network.at(datetime.fromisoformat("2026-10-01T08:00:00+00:00"))
    meeting = await network.invited(
        starts_at="2026-10-26T09:00:00+01:00",
        ends_at="2026-10-26T11:00:00+01:00",
        reminders=[{"days_before": 1, "at": "02:30"}],
    )
    await network.answer(meeting, coming, "accepted")
    await network.at(datetime.fromisoformat("2026-10-25T00:29:59+00:00"))
    assert await network.all_told(coming, "events.reminder") == []
    await network.at(datetime.fromisoformat("2026-10-25T00:30:00+00:00"))
    await network.told(coming, 1, "events.reminder")
    await network.at(datetime.fromisoformat("2026-10-25T01:30:00+00:00"))
    await network.told(coming, 1, "events.reminder")


WRONG: list[tuple[Any, str]] = [
    ([{"days_before": 61}], "reminders.0.days_before"),
    ([{"days_before": 1, "at": "25:00"}], "reminders.0.at"),
    ([{"days_before": 1, "at": "9:00"}], "reminders.0.at"),
    ([{"minutes_before": 1}], "reminders.0.minutes_before"),
    ([{"minutes_before": "60"}], "reminders.0.minutes_before"),
    ([{}], "reminders.0"),
    ([{"days_before": 1, "minutes_before": 60}], "reminders.0"),
    ([{"minutes_before": 60, "at": "08:00"}], "reminders.0"),
    ([{"days_before": 1, "colour": "red"}], "reminders.0.colour"),
    ([{"days_before": 0, "at": "23:59"}], "reminders.0"),
    ([{"days_before": 0}], "reminders.0"),
    ([{"days_before": 1}, {"days_before": 1}], "reminders.1"),
    ([{"days_before": day} for day in range(6)], "reminders"),
    ("P7D", "reminders"),
]


@pytest.mark.parametrize("method", ["post", "patch"])
async def test_e22_a_reminder_that_can_t_be_is_named(network: Network, method: str) -> None:
    meeting = await network.meeting()
    for reminders, wrong in WRONG:
        if method == "patch":
            answer = await network.change(meeting["id"], reminders=reminders)
        else:
            body = {
                "title": "Möte",
                "starts_at": soon(),
                "ends_at": soon(hours=2),
                "convenor_id": network.convenor.id,
                "reminders": reminders,
            }
            headers = system(network.tokens["bolagsverket"])
            answer = await network.http.post(MEETINGS, json=body, headers=headers)
        assert answer.status_code == 422, (reminders, answer.text)
        assert [one["field"] for one in answer.json()["errors"]] == [wrong], reminders
