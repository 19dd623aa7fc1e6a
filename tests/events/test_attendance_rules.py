"""Who may say that somebody came, and when (E21)."""

from datetime import datetime, timedelta

import pytest

from services.events.models.documents import Meeting
from services.events.rules import attendance, seats
from shared.contracts.events import ParticipantState
from shared.errors import Conflict, Invalid, NotFound
from tests.events.test_seat_rules import NOW, START, a_meeting, a_participant

CODE = "23456789"
END = START + timedelta(hours=2)
SECOND = timedelta(seconds=1)


def a_room(state: ParticipantState = "accepted", **meeting: object) -> seats.Room:
    return seats.Room(
        a_meeting(**{"attendance_code": CODE, **meeting}), [a_participant("p", state)], [], whole=True
    )


def attended(room: seats.Room) -> bool | None:
    return room.participants["p"].attended


@pytest.mark.parametrize("at", [START - timedelta(minutes=30), START, END, END + timedelta(hours=1)])
@pytest.mark.parametrize("typed", [CODE, "2345 6789", "2345-6789 "])
def test_who_reads_the_code_can_say_so_from_half_an_hour_before_to_an_hour_after(
    at: datetime, typed: str
) -> None:
    room = a_room()
    attendance.check_in(room, "p", typed, at)
    assert attended(room) is True
    attendance.check_in(room, "p", typed, at)
    assert attended(room) is True


@pytest.mark.parametrize(
    ("room", "person", "code", "at", "error", "said"),
    [
        (a_room(), "p", CODE, START - timedelta(minutes=30) - SECOND, Conflict, "too early"),
        (a_room(), "p", CODE, END + timedelta(hours=1) + SECOND, Conflict, "over"),
        (a_room(state="accepted"), "p", "23456788", START, Invalid, "not the code"),
        (a_room(), "p", "", START, Invalid, "not the code"),
        (a_room(attendance_code=""), "p", "", START, Invalid, "not the code"),
        (a_room(), "x", CODE, START, NotFound, "no such participant"),
        (a_room("cancelled"), "p", CODE, START, NotFound, "no such participant"),
    ],
)
def test_anybody_else_is_told_why_not(
    room: seats.Room, person: str, code: str, at: datetime, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        attendance.check_in(room, person, code, at)
    assert attended(room) is None


@pytest.mark.parametrize("noted", [True, False, None])
def test_the_convenor_notes_it_from_the_beginning_and_takes_it_back(*, noted: bool | None) -> None:
    room = a_room("declined")
    with pytest.raises(Conflict, match="not begun"):
        attendance.record(room, "p", True, START - SECOND)
    attendance.record(room, "p", True, START)
    assert attended(room) is True
    attendance.record(room, "p", noted, END + timedelta(days=99))
    assert attended(room) is noted


@pytest.mark.parametrize(("state", "said"), [("cancelled", "cancelled"), ("draft", "Nobody is invited")])
def test_nobody_comes_to_a_meeting_that_is_not_held(state: str, said: str) -> None:
    room = seats.Room(a_meeting(state=state), [a_participant("p")], [], whole=True)
    for attempt in (
        lambda: attendance.record(room, "p", True, START),
        lambda: attendance.check_in(room, "p", CODE, START),
        lambda: attendance.with_code(room.meeting),
    ):
        with pytest.raises(Conflict, match=said):
            attempt()


def test_a_meeting_keeps_the_code_that_it_is_given() -> None:
    first, other = (attendance.with_code(a_meeting()) for _ in range(2))
    assert first.attendance_code != other.attendance_code
    assert attendance.with_code(first) is first
    code = first.attendance_code
    assert code
    assert len(code) == 8
    assert not set(code) & set("01ILOU")
    room = seats.Room(first, [a_participant("p", "accepted")], [], whole=True)
    attendance.check_in(room, "p", code.lower(), START)
    assert attended(room)


def test_the_sheet_lists_those_who_come_first_and_the_line_by_turn() -> None:
    rows: list[tuple[str, ParticipantState, datetime | None]] = [
        ("Öberg", "accepted", None),
        ("Ek", "accepted", None),
        ("", "accepted", None),
        ("Ström", "tentative", None),
        ("Alm", "waiting", NOW + SECOND),
        ("Zorn", "waiting", NOW),
        ("Berg", "invited", None),
        ("Dahl", "declined", None),
        ("Asp", "cancelled", None),
    ]
    order = sorted(
        rows,
        key=lambda row: attendance.by_answer(
            a_participant(row[0] or "nobody", row[1], waiting_since=row[2]), row[0]
        ),
    )
    assert [name for name, _, _ in order] == [
        "Ek",
        "Öberg",
        "",
        "Ström",
        "Zorn",
        "Alm",
        "Berg",
        "Dahl",
        "Asp",
    ]


def test_when_one_can_say_so() -> None:
    meeting: Meeting = a_meeting()
    assert attendance.opens_at(meeting) == START - timedelta(minutes=30)
    assert attendance.closes_at(meeting) == END + timedelta(hours=1)
