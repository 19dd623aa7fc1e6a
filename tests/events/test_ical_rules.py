"""iCalendar as RFC 5545 has it, in every time of year."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from services.events.models.documents import Meeting
from services.events.rules.calendar import Entry, Invitation, Organizer, calendar
from services.events.rules.timezones import vtimezone
from tests.events.network import parsed
from tests.events.test_seat_rules import NOW, a_meeting, a_participant

ZONES = ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo"]
ORGANIZER = Organizer("moten@agencynet.example", "Åke Ärlig")
PERSON = "2b8a1f6e-1111-5111-8111-000000000001"


def sent(meeting: Meeting, state: Any = "invited", method: Any = "REQUEST", language: Any = "sv") -> str:
    person = a_participant(PERSON, stamped_at=NOW)
    return Invitation(meeting, ORGANIZER, NOW).to(person, state, method, language)


def offset_after(component: Any, wall: datetime) -> timedelta:
    """What a reader that knows nothing of zones but this VTIMEZONE takes the offset to be."""
    latest, offset = datetime(1900, 1, 1), timedelta()  # noqa: DTZ001
    for part in component.subcomponents:
        start = part["dtstart"].dt
        if "rrule" in part:
            rule = rrulestr(part["rrule"].to_ical().decode(), dtstart=start)
            onset = rule.before(wall, inc=True)
        else:
            onset = start if start <= wall else None
        if onset and onset >= latest:
            latest, offset = onset, part["tzoffsetto"].td
    return offset


@pytest.mark.parametrize("zone", ZONES)
@given(moment=st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 31)))  # noqa: DTZ001
def test_a_vtimezone_is_right_at_every_time_of_year(zone: str, moment: datetime) -> None:
    info = ZoneInfo(zone)
    local = moment.replace(tzinfo=UTC).astimezone(info)
    wall = local.replace(tzinfo=None)
    # The hours around a shift are ambiguous by nature.
    around = {(local + timedelta(hours=h)).astimezone(UTC).astimezone(info).utcoffset() for h in (-2, 2)}
    if len(around) == 1:
        assert offset_after(vtimezone(zone, 2027, 2028), wall) == local.utcoffset()


def test_stockholm_needs_two_rules_and_no_list() -> None:
    text = vtimezone("Europe/Stockholm", 2027, 2027).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
    assert "DTSTART:20260329T020000" in text
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in text
    assert "DTSTART:20261025T030000" in text
    assert text.count("BEGIN:") == 3


@pytest.mark.parametrize(
    ("starts", "ends", "written"),
    [
        ((2027, 10, 31, 0, 30), (2027, 10, 31, 1, 30), ["20271031T003000Z", "20271031T013000Z"]),
        ((2027, 10, 31, 1, 30), (2027, 10, 31, 3, 0), ["20271031T013000Z", "20271031T030000Z"]),
        ((2027, 10, 30, 22, 0), (2027, 10, 31, 0, 15), ["20271030T220000Z", "20271031T001500Z"]),
        ((2027, 10, 31, 2, 0), (2027, 10, 31, 3, 0), ["20271031T030000", "20271031T040000"]),
        ((2027, 3, 28, 0, 30), (2027, 3, 28, 1, 30), ["20270328T013000", "20270328T033000"]),
    ],
)
def test_the_hour_that_comes_twice_is_written_in_utc(
    starts: tuple[int, ...], ends: tuple[int, ...], written: list[str]
) -> None:
    start, end = (datetime(*at, tzinfo=UTC) for at in (starts, ends))
    text = sent(a_meeting(starts_at=start, ends_at=end))
    assert (
        re.findall(r"^DT(?:START|END)[;:](?:TZID=Europe/Stockholm:)?(\w+)\r$", text, re.MULTILINE)[-2:]
        == written
    )
    (event,) = parsed(text).walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (start, end)


@pytest.mark.parametrize(
    ("state", "status", "partstat", "rsvp", "title"),
    [
        ("invited", "CONFIRMED", "NEEDS-ACTION", "TRUE", "Möte"),
        ("tentative", "CONFIRMED", "TENTATIVE", "TRUE", "Möte"),
        ("accepted", "CONFIRMED", "ACCEPTED", "FALSE", "Möte"),
        ("waiting", "TENTATIVE", "TENTATIVE", "FALSE", "I kö: Möte"),
    ],
)
def test_a_calendar_shows_how_the_person_stands_and_asks_only_while_an_answer_is_wanted(
    state: str, status: str, partstat: str, rsvp: str, title: str
) -> None:
    (event,) = parsed(sent(a_meeting(), state)).walk("VEVENT")
    asked = event["attendee"].params
    assert (event["status"], asked["PARTSTAT"], asked["RSVP"]) == (status, partstat, rsvp)
    assert event["summary"] == title
    if state == "waiting":
        (english,) = parsed(sent(a_meeting(), state, language="en")).walk("VEVENT")
        assert english["summary"] == "In line: Möte"


@pytest.mark.parametrize("changes", [{"opens_at": NOW + timedelta(days=1)}, {"closes_at": NOW}])
def test_nobody_is_asked_for_an_answer_that_is_not_taken(changes: dict[str, Any]) -> None:
    (event,) = parsed(sent(a_meeting(**changes))).walk("VEVENT")
    assert event["attendee"].params["RSVP"] == "FALSE"


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_invitation_is_for_one_reader_in_lines_of_75_octets(method: str) -> None:
    meeting = a_meeting(
        title="Möte om räksmörgåsar; ramavtal, " + "å" * 60,
        place="Storgatan 1, Östhammar",
        video_url="https://video.example/abc",
        sequence=4,
    )
    if method == "CANCEL":
        meeting = meeting.model_copy(update={"state": "cancelled"})
    text = sent(meeting, "accepted", method)
    lines = text.encode().split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    root = parsed(text)
    (event,) = root.walk("VEVENT")
    assert root["method"] == method
    assert event["status"] == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    assert event["summary"] == meeting.title
    assert event["location"] == "Storgatan 1, Östhammar"
    assert event["conference"] == "https://video.example/abc"
    assert event["conference"].params["VALUE"] == "URI"
    assert (event["uid"], event["sequence"]) == ("m@agencynet", 4)
    assert event["attendee"] == event["attendee"].params["CN"] == f"urn:uuid:{PERSON}"
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert event["organizer"].params["CN"] == "Åke Ärlig"
    assert event["dtstart"].dt == meeting.starts_at
    assert event["dtstart"].params["TZID"] == "Europe/Stockholm"
    assert text.count("ATTENDEE") == 1
    assert b"DTSTAMP:20270130T080000Z" in text.encode()


def test_a_feed_in_two_zones_has_one_vtimezone_of_each() -> None:
    entries = [
        Entry(a_meeting(), ORGANIZER, "CONFIRMED", NOW),
        Entry(a_meeting(id="n", zone="Asia/Tokyo"), ORGANIZER, "TENTATIVE", NOW),
        Entry(a_meeting(id="o"), ORGANIZER, "CANCELLED", NOW),
    ]
    first = calendar(entries)
    assert first == calendar(entries)
    root = parsed(first.decode())
    assert sorted(str(zone["tzid"]) for zone in root.walk("VTIMEZONE")) == ["Asia/Tokyo", "Europe/Stockholm"]
    assert [str(event["status"]) for event in root.walk("VEVENT")] == ["CONFIRMED", "TENTATIVE", "CANCELLED"]


def test_text_can_t_break_out_of_its_line() -> None:
    text = sent(a_meeting(title="a\r\nATTENDEE:mailto:x@y.example"))
    (event,) = parsed(text).walk("VEVENT")
    assert "x-evil" not in event
    assert not isinstance(event["attendee"], list)
