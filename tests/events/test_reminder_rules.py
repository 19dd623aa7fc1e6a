"""E22: when reminders are due, by the clock where the meeting is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.models.documents import Meeting, Participant, Reminder
from services.events.rules import reminders
from services.events.rules.reminders import RECORD, THANK, is_pointless, is_too_late, moments
from shared.moments import by_wall

STOCKHOLM = "Europe/Stockholm"
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


def a_meeting(starts: str = "2027-03-01T09:00", zone: str = STOCKHOLM, **changes: Any) -> Meeting:
    starts_at = datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    values: dict[str, Any] = {
        "id": "m",
        "version": 1,
        "title": "Nätverksmöte",
        "kind": "network",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "zone": zone,
        "convenor_id": "c",
        "convenor_agency": "csn",
        "state": "invited",
        "created_at": LONG_BEFORE,
        "changed_at": LONG_BEFORE,
    }
    return Meeting(**{**values, **changes})


def due(meeting: Meeting, now: datetime = LONG_BEFORE) -> dict[str, str]:
    return {moment.name: moment.due.isoformat() for moment in moments(meeting, now)}


def test_unless_told_otherwise_a_week_and_a_day_before_and_afterwards() -> None:
    assert due(a_meeting()) == {
        "before 7 d": "2027-02-22T08:00:00+00:00",
        "before 1 d": "2027-02-28T08:00:00+00:00",
        RECORD: "2027-03-01T10:00:00+00:00",
        THANK: "2027-03-02T08:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("starts", "reminder", "expected"),
    [
        # The clocks went back in between: nine o'clock is nine o'clock.
        ("2026-10-27T09:00", {"days_before": 7}, "2026-10-20T07:00:00+00:00"),
        # 02:30 is shown twice on 25 October 2026: the first is meant (RFC 5545 3.3.5).
        ("2026-10-26T10:00", {"days_before": 1, "at": "02:30"}, "2026-10-25T00:30:00+00:00"),
        # 02:30 is never shown on 28 March 2027: with the offset before the gap it is 03:30.
        ("2027-03-29T10:00", {"days_before": 1, "at": "02:30"}, "2027-03-28T01:30:00+00:00"),
        # Minutes are elapsed time: six hours before 05:00 on a day of 23 or 25 hours.
        ("2027-03-28T05:00", {"minutes_before": 360}, "2027-03-27T21:00:00+00:00"),
        ("2026-10-25T05:00", {"minutes_before": 360}, "2026-10-24T22:00:00+00:00"),
        ("2026-10-25T09:00", {"days_before": 0, "at": "07:00"}, "2026-10-25T06:00:00+00:00"),
        ("2027-03-28T09:00", {"days_before": 1}, "2027-03-27T08:00:00+00:00"),
    ],
)
def test_the_two_nights_when_the_clock_is_turned(
    starts: str, reminder: dict[str, Any], expected: str
) -> None:
    meeting = a_meeting(starts, reminders=(Reminder(**reminder),), follow_up=False)
    assert list(due(meeting).values()) == [expected]


def test_the_zone_is_the_meeting_s_own() -> None:
    meeting = a_meeting("2027-03-01T09:00", "Europe/Helsinki", reminders=(Reminder(days_before=1),))
    assert due(meeting)["before 1 d"] == "2027-02-28T07:00:00+00:00"


def test_what_is_past_a_draft_and_a_cancelled_meeting_have_none() -> None:
    meeting = a_meeting()
    late = meeting.starts_at - timedelta(days=3)
    assert list(due(meeting, late)) == ["before 1 d", RECORD, THANK]
    assert due(meeting.model_copy(update={"state": "draft"})) == {}
    assert due(meeting.model_copy(update={"state": "cancelled"})) == {}


def test_a_reminder_is_pointless_once_the_meeting_has_begun_or_a_later_one_is_due() -> None:
    meeting = a_meeting()
    week, day = (moment.due for moment in moments(meeting, LONG_BEFORE)[:2])
    assert not is_pointless(meeting, "before 7 d", week, week)
    assert not is_pointless(meeting, "before 7 d", week, day - timedelta(seconds=1))
    assert is_pointless(meeting, "before 7 d", week, day)
    assert not is_pointless(meeting, "before 1 d", day, meeting.starts_at - timedelta(milliseconds=1))
    assert not is_too_late(meeting, "before 1 d", meeting.starts_at - timedelta(milliseconds=1))
    assert is_too_late(meeting, "before 1 d", meeting.starts_at)
    assert is_pointless(meeting, "before 1 d", day, meeting.starts_at + timedelta(days=2))
    assert not is_pointless(meeting, RECORD, meeting.ends_at, meeting.ends_at + timedelta(days=13))
    assert is_pointless(meeting, RECORD, meeting.ends_at, meeting.ends_at + timedelta(days=15))


def a_participant(state: Any, attended: bool | None = None) -> Participant:
    return Participant(
        id="m/p",
        version=1,
        meeting_id="m",
        person_id="p",
        agency="csn",
        state=state,
        attended=attended,
        invited_at=LONG_BEFORE,
    )


def test_who_has_not_answered_is_asked_only_while_answers_are_taken() -> None:
    closes = LONG_BEFORE + timedelta(days=3)
    meeting = a_meeting(closes_at=closes)
    asked = reminders.remind(meeting, a_participant("invited"), 1, closes - timedelta(seconds=1))
    assert asked
    assert (asked.kind, asked.method, asked.not_after) == ("events.answer_wanted", "REQUEST", closes)
    assert reminders.remind(meeting, a_participant("invited"), 1, closes) is None
    assert reminders.remind(meeting, a_participant("tentative"), 1, closes)


@pytest.mark.parametrize(
    ("state", "attended", "thanked"),
    [
        ("accepted", None, True),
        ("accepted", True, True),
        ("accepted", False, False),
        ("tentative", None, False),
        ("tentative", True, True),
        ("invited", True, True),
        ("declined", None, False),
    ],
)
def test_thanks_go_to_those_who_were_there(state: Any, attended: bool | None, thanked: bool) -> None:
    assert (reminders.thank(a_meeting(), a_participant(state, attended), 1) is not None) == thanked


@given(
    st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-01-01")),
    st.sampled_from([STOCKHOLM, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_wall_time_that_exists_is_what_the_clock_shows(wall: datetime, zone: str) -> None:
    shown = by_wall("x", wall, zone).due.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    # In a gap the clock shows the time that much later; everywhere else exactly what was asked for.
    assert timedelta() <= shown - wall <= timedelta(hours=1)
    if shown != wall:
        before, after = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
        assert before != after


def test_the_convenor_is_asked_who_came_for_two_weeks() -> None:
    meeting = a_meeting(counts={"accepted": 12, "declined": 3})
    tell = reminders.ask_to_record(meeting, 4)
    assert (tell.person_id, tell.kind, tell.version) == (meeting.convenor_id, "events.record_attendance", 4)
    assert (tell.state, tell.method, tell.coming) == ("accepted", None, 12)
    assert tell.not_after == meeting.ends_at + timedelta(days=14)
    assert reminders.ask_to_record(a_meeting(), 4).coming == 0
