"""Laws of seats: whatever is asked in whatever order, never one too many, and first come, first served."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.models.documents import Meeting, Participant, Wish
from services.events.rules import seats
from shared.contracts.events import ParticipantState
from shared.errors import Conflict, NotFound

START = datetime(2027, 3, 1, 8, tzinfo=UTC)
NOW = START - timedelta(days=30)


def a_meeting(**changes: object) -> Meeting:
    return Meeting.model_validate(
        {
            "id": "m",
            "version": 1,
            "title": "Möte",
            "kind": "network",
            "starts_at": START,
            "ends_at": START + timedelta(hours=2),
            "zone": "Europe/Stockholm",
            "convenor_id": "c",
            "convenor_agency": "csn",
            "state": "invited",
            "created_at": NOW,
            "changed_at": NOW,
            **changes,
        }
    )


def a_participant(person: str, state: ParticipantState = "invited", **changes: object) -> Participant:
    return Participant.model_validate(
        {
            "id": f"m/{person}",
            "version": 1,
            "meeting_id": "m",
            "person_id": person,
            "agency": "csn",
            "state": state,
            "invited_at": NOW,
            **changes,
        }
    )


def a_room(people: int, **meeting: object) -> seats.Room:
    return seats.Room(a_meeting(**meeting), [a_participant(f"p{n}") for n in range(people)], [], whole=True)


def seated(room: seats.Room) -> list[str]:
    return [p.person_id for p in room.participants.values() if p.state == "accepted"]


people = st.integers(0, 7)
asked = st.one_of(
    st.tuples(st.just("answer"), people, st.sampled_from(["accepted", "tentative", "declined"])),
    st.tuples(st.just("leave"), people, st.none()),
    st.tuples(st.just("capacity"), st.integers(0, 3), st.none()),
)


@given(st.integers(1, 4), st.lists(asked, max_size=40))
def test_capacity_is_never_exceeded_and_nobody_passes_another_in_line(capacity: int, steps: list) -> None:
    room = a_room(8, capacity=capacity)
    for number, (what, who, wish) in enumerate(steps):
        line = room.line
        at = NOW + timedelta(seconds=number)
        if what == "answer":
            try:
                seats.answer(room, f"p{who}", wish, at)
            except Conflict:
                assert room.participants[f"p{who}"].state == "cancelled"
        elif what == "leave":
            seats.leave(room, f"p{who}", at)
        else:
            more = (room.meeting.capacity or 0) + who
            room.meeting = room.meeting.model_copy(update={"capacity": more})
            seats.serve_line(room, at)
        _hold(room)
        _fair(room, line)


def _hold(room: seats.Room) -> None:
    limit = room.meeting.capacity
    assert limit is not None
    assert room.meeting.taken == len(seated(room)) <= limit
    waiting = [p for p in room.participants.values() if p.state == "waiting"]
    assert room.line == [p.person_id for p in sorted(waiting, key=lambda p: p.turn)]
    # A free seat and somebody who waits for one never stand beside each other.
    assert not waiting or room.meeting.taken == limit


def _fair(room: seats.Room, line: list[str]) -> None:
    """Those who are still in line stand in their order, and whoever got a seat stood before them."""
    still = [one for one in line if one in room.line]
    assert [one for one in room.line if one in line] == still
    given_seat = [one for one in line if room.participants[one].state == "accepted"]
    assert all(line.index(one) < line.index(other) for one in given_seat for other in still)


@given(st.lists(st.tuples(people, st.sampled_from(["accepted", "tentative", "declined"])), max_size=12))
def test_an_answer_given_twice_is_an_answer_given_once(answers: list[tuple[int, Wish]]) -> None:
    once, twice = a_room(8, capacity=2), a_room(8, capacity=2)
    for number, (who, wish) in enumerate(answers):
        at = NOW + timedelta(seconds=number)
        seats.answer(once, f"p{who}", wish, at)
        seats.answer(twice, f"p{who}", wish, at)
        seats.answer(twice, f"p{who}", wish, at + timedelta(milliseconds=500))
    assert once.participants == twice.participants
    assert once.meeting == twice.meeting


@pytest.mark.parametrize(
    ("before", "wish", "after", "taken"),
    [
        ("invited", "accepted", "accepted", 1),
        ("invited", "tentative", "tentative", 0),
        ("accepted", "tentative", "tentative", 0),
        ("accepted", "declined", "declined", 0),
        ("tentative", "accepted", "accepted", 1),
        ("declined", "accepted", "accepted", 1),
    ],
)
def test_an_answer_takes_and_gives_back_a_seat(
    before: ParticipantState, wish: Wish, after: ParticipantState, taken: int
) -> None:
    meeting = a_meeting(capacity=1, taken=int(before == "accepted"))
    room = seats.Room(meeting, [a_participant("p", before)], [], whole=True)
    seats.answer(room, "p", wish, NOW)
    assert room.participants["p"].state == after
    assert room.meeting.taken == taken


@pytest.mark.parametrize(
    ("meeting", "state", "wish", "why"),
    [
        ({"state": "cancelled"}, "invited", "declined", "cancelled"),
        ({"starts_at": NOW}, "accepted", "declined", "has begun"),
        ({"opens_at": NOW + timedelta(days=1)}, "invited", "accepted", "Answers open 2027-01-31 09:00"),
        ({"closes_at": NOW}, "accepted", "tentative", "You can still decline"),
        ({}, "cancelled", "accepted", "no longer takes part"),
    ],
)
def test_what_can_t_be_answered_is_said_plainly(
    meeting: dict[str, object], state: ParticipantState, wish: Wish, why: str
) -> None:
    room = seats.Room(a_meeting(**meeting), [a_participant("p", state)], [], whole=True)
    with pytest.raises(Conflict, match=why):
        seats.answer(room, "p", wish, NOW)
    assert not room.touched


def test_somebody_who_is_not_on_the_list_can_t_answer() -> None:
    with pytest.raises(NotFound):
        seats.answer(a_room(1), "stranger", "accepted", NOW)


def test_a_newcomer_doesn_t_pass_those_in_line_whom_this_batch_has_not_loaded() -> None:
    room = seats.Room(a_meeting(capacity=5, taken=3), [a_participant("p")], [], whole=False)
    seats.answer(room, "p", "accepted", NOW)
    assert room.participants["p"].state == "waiting"
    assert room.unpromoted


def test_places_in_line_go_on_from_those_who_wait_already() -> None:
    room = a_room(3, capacity=0, taken=0)
    for number in (2, 0):
        seats.answer(room, f"p{number}", "accepted", NOW + timedelta(seconds=number))
    before = {f"p{n}": a_participant(f"p{n}") for n in range(3)}
    assert seats.joined(before, room, waiting=12) == {"p0": 11, "p2": 12}


def test_only_the_first_change_of_mind_is_counted() -> None:
    assert seats.recount({"invited": 2, "accepted": 1}, ["invited"], ["accepted"]) == {
        "accepted": 2,
        "invited": 1,
    }
    assert seats.recount({"invited": 1}, ["invited"], ["declined"]) == {"declined": 1}


def test_who_is_invited_stands_on_the_list_from_then_on() -> None:
    room = seats.Room(a_meeting(sequence=3), [], [], whole=True)
    seats.invite(room, "p", "spv", NOW, late=True)
    assert room.participants["p"] == a_participant("p", version=0, agency="spv", late=True, told_sequence=3)


@pytest.mark.parametrize("state", ["invited", "accepted", "declined", "waiting"])
def test_who_has_been_invited_stays_as_they_are(state: ParticipantState) -> None:
    known = a_participant("p", state)
    room = seats.Room(a_meeting(sequence=3), [known], [], whole=True)
    seats.invite(room, "p", "spv", NOW + timedelta(days=1), late=True)
    assert room.participants["p"] == known


def test_who_had_left_and_came_back_is_invited_again_with_newer_calendar_objects() -> None:
    stamp = NOW - timedelta(days=1)
    known = a_participant("p", "cancelled", version=7, own_sequence=2, stamped_at=stamp)
    room = seats.Room(a_meeting(sequence=3), [known], [], whole=True)
    seats.invite(room, "p", "spv", NOW, late=False)
    assert room.participants["p"] == a_participant(
        "p", version=7, agency="spv", told_sequence=3, own_sequence=2, stamped_at=stamp
    )


@pytest.mark.parametrize(
    ("meeting", "at"), [({"state": "draft"}, NOW), ({"state": "cancelled"}, NOW), ({}, START)]
)
def test_nobody_is_invited_to_a_meeting_that_is_not_to_come(meeting: dict[str, object], at: datetime) -> None:
    room = seats.Room(a_meeting(**meeting), [], [], whole=True)
    seats.invite(room, "p", "spv", at, late=False)
    assert not room.participants
