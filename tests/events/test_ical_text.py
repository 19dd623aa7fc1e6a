"""Whatever people type, a calendar holds one meeting: ours."""

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.events.rules.calendar import Entry, Invitation, Method, Organizer, calendar
from shared.contracts.events import ParticipantState
from shared.formats.plain_text import one_line
from tests.events.network import Network, event, parsed
from tests.events.test_seat_rules import NOW, a_meeting, a_participant
from tests.typed import HOSTILE, LINE_ENDS

METHODS: tuple[Method, ...] = ("REQUEST", "CANCEL")
STATES: tuple[ParticipantState, ...] = ("invited", "waiting", "declined")
PERSON = "2b8a1f6e-1111-5111-8111-000000000001"
SAID = {
    *("UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS"),
    *("ORGANIZER", "LOCATION", "URL", "CONFERENCE", "ATTENDEE", "DESCRIPTION"),
}


def read(text: str) -> Any:
    """Its one event; lines end in CRLF and nowhere else, however widely a reader takes the end of a line."""
    assert text.split("\r\n") == [*text.splitlines(), ""]
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    (event,) = parsed(text).walk("VEVENT")
    assert not event.errors
    assert set(event.keys()) <= SAID
    assert (event["uid"], event["sequence"]) == ("m@agencynet", 3)
    return event


@given(title=HOSTILE, place=HOSTILE, video=HOSTILE, convenor=HOSTILE)
@example(title="Genomgång av iCal END:VEVENT", place="", video="", convenor="")
@example(
    title="x\u2028END:VEVENT\u2028BEGIN:VEVENT\u2028UID:other\u2028y", place="a\rb", video="", convenor=""
)
@example(title="C:\\Nätverk", place="\\n \\N \\\\;,", video="https://v.example/\rATTACH:x", convenor='"^')
def test_no_text_becomes_syntax_of_a_calendar(title: str, place: str, video: str, convenor: str) -> None:
    meeting = a_meeting(title=title, place=place, video_url=video, sequence=3)
    organizer = Organizer("moten@agencynet.example", convenor)
    for method, state in product(METHODS, STATES):
        text = Invitation(meeting, organizer, NOW).to(
            a_participant(PERSON, stamped_at=NOW), state, method, "sv"
        )
        found = read(text)
        assert found["summary"] == ("I kö: " if state == "waiting" else "") + one_line(title)
        assert str(found.get("location", "")) == one_line(place or video)
        assert found["attendee"] == f"urn:uuid:{PERSON}"
    read(calendar([Entry(meeting, organizer, "CONFIRMED", NOW)]).decode())


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_an_ordinary_title_arrives_as_it_was_typed(title: str) -> None:
    invitation = Invitation(a_meeting(title=title, sequence=3), Organizer("m@x.example"), NOW)
    text = invitation.to(a_participant(PERSON, stamped_at=NOW), "invited", "REQUEST", "sv")
    assert read(text)["summary"] == title


@pytest.mark.parametrize("end", LINE_ENDS)
def test_nothing_that_ends_a_line_is_left_in_one(end: str) -> None:
    assert one_line(f"a{end}b") in {"a b", f"a{end}b"[:4]}


async def test_a_title_that_looks_like_syntax_invites_changes_and_cancels(network: Network) -> None:
    first, second = network.members
    title = "Genomgång av iCal END:VEVENT"
    meeting = await network.invited(title=title, capacity=1)
    await network.answer(meeting, first, "accepted")
    await network.change(meeting, place="Sal END:VCALENDAR")
    await network.told(second, 2)
    await network.cancel(meeting)
    told = await network.told(second, 3)
    assert [one.kind for one in told] == ["events.invited", "events.changed", "events.cancelled"]
    assert {str(event(one)["summary"]) for one in told} == {title}
    assert str(event(told[-1])["location"]) == "Sal END:VCALENDAR"
    await network.told(first, 4)
