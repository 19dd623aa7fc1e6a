"""Seats, quotas and the line: what holds in whatever order things happen."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.courses.models.documents import Enrolment
from services.courses.models.people import Employee
from services.courses.rules.bookings import Desk
from services.courses.rules.eligibility import Reason
from services.courses.rules.seats import room
from tests.courses.builders import NOW, an_occasion, people

OPENS = NOW + timedelta(days=10)


@pytest.mark.parametrize(
    ("seats", "quotas", "taken", "open_to_all", "agency", "expected"),
    [
        (1, {}, {}, True, "a", True),
        (1, {}, {"b": 1}, True, "a", False),
        (3, {"a": 2}, {}, False, "b", True),
        (3, {"a": 2}, {"b": 1}, False, "b", False),
        (3, {"a": 2}, {"b": 1}, False, "a", True),
        (3, {"a": 2}, {"b": 1}, True, "b", True),
        # An agency's own quota first, so what comes beyond it is unreserved.
        (3, {"a": 1, "b": 1}, {"a": 1}, False, "a", True),
        (3, {"a": 1, "b": 1}, {"a": 2}, False, "a", False),
        (3, {"a": 1, "b": 1}, {"a": 2}, False, "b", True),
        (3, {"a": 1, "b": 1}, {"a": 2}, False, "c", False),
        (2, {"a": 2}, {}, False, "c", False),
    ],
)
def test_who_may_have_a_seat(
    seats: int,
    quotas: dict[str, int],
    taken: dict[str, int],
    open_to_all: bool,
    agency: str,
    expected: bool,
) -> None:
    occasion = an_occasion(seats=seats, quotas=quotas, taken_by_agency=taken, quotas_opened=open_to_all)
    assert room(occasion, NOW).has_seat_for(agency) is expected


def test_a_seat_goes_to_whoever_comes_and_then_there_is_a_line() -> None:
    desk = Desk(an_occasion(seats=1), (), NOW)
    first, second, third = people("abc")
    assert [state(desk, p) for p in (first, second, third)] == ["enrolled", "waiting", "waiting"]
    assert [(told.kind, told.place_in_line) for told in desk.told] == [
        ("courses.seat_confirmed", None),
        ("courses.seat_waiting", 1),
        ("courses.seat_waiting", 2),
    ]


def state(desk: Desk, person: Employee) -> str:
    result = desk.enrol(person)
    assert isinstance(result, Enrolment), result
    return result.state


def test_asking_again_changes_nothing_and_tells_nobody() -> None:
    desk = Desk(an_occasion(), (), NOW)
    (person,) = people("a")
    first, again = desk.enrol(person), desk.enrol(person)
    assert first == again
    assert len(desk.told) == 1
    assert desk.occasion.taken == 1


def test_who_gives_back_a_seat_gives_it_to_the_first_in_line() -> None:
    desk = Desk(an_occasion(seats=1), (), NOW)
    first, second, third = people("abc")
    for person in (first, second, third):
        desk.enrol(person)
    seat = desk.of(first.id)
    assert seat
    desk.cancel(seat)
    assert [found.state for p in (first, second, third) if (found := desk.of(p.id))] == [
        "cancelled",
        "enrolled",
        "waiting",
    ]
    assert desk.told[-1].kind == "courses.seat_given"
    assert desk.told[-1].enrolment.person_id == second.id


def test_a_quota_seat_that_gets_free_goes_to_that_agencys_first_in_line() -> None:
    occasion = an_occasion(seats=2, quotas={"a": 1, "b": 1}, quotas_open_at=OPENS)
    desk = Desk(occasion, (), NOW)
    a1, b1, b2, a2 = people("abba")
    for person in (a1, b1, b2, a2):
        desk.enrol(person)
    seat = desk.of(a1.id)
    assert seat
    desk.cancel(seat)
    assert [(told.kind, told.enrolment.person_id) for told in desk.told if "given" in told.kind] == [
        ("courses.seat_given", a2.id)
    ]


def test_when_quotas_open_the_line_goes_before_newcomers() -> None:
    occasion = an_occasion(seats=2, quotas={"a": 2}, quotas_open_at=OPENS)
    before = Desk(occasion, (), NOW)
    b1, b2, b3, late = people("bbbb")
    for person in (b1, b2, b3):
        before.enrol(person)
    assert not before.occasion.taken
    after = Desk(before.occasion, before.changed, OPENS)
    assert state(after, late) == "waiting"
    assert [found.state for p in (b1, b2, b3) if (found := after.of(p.id))] == [
        "enrolled",
        "enrolled",
        "waiting",
    ]


def test_opened_quotas_stay_open_to_a_process_with_a_slow_clock() -> None:
    occasion = an_occasion(seats=1, quotas={"a": 1}, quotas_open_at=OPENS)
    opened = Desk(occasion, (), OPENS).occasion
    assert room(opened, OPENS - timedelta(seconds=3)).has_seat_for("b")


def test_after_the_cancellation_deadline_only_leavers_are_released() -> None:
    occasion = an_occasion(seats=1, cancel_until=NOW - timedelta(days=1))
    desk = Desk(occasion, (), NOW)
    seated, waiting = people("ab")
    seat, place = desk.enrol(seated), desk.enrol(waiting)
    assert isinstance(seat, Enrolment)
    assert isinstance(place, Enrolment)
    refused = desk.cancel(seat)
    assert isinstance(refused, list)
    assert refused == [Reason("too_late_to_cancel", on=date(2026, 11, 22))]
    assert isinstance(desk.cancel(seat, leaving=True), Enrolment)
    assert desk.occasion.taken == 1
    assert desk.occasion.waiting == 0


def test_a_seat_stays_taken_once_the_course_has_begun() -> None:
    desk = Desk(an_occasion(days=(date(2026, 12, 1),)), (), NOW)
    (person,) = people("a")
    seat = desk.enrol(person)
    assert isinstance(seat, Enrolment)
    begun = Desk(desk.occasion, desk.changed, NOW + timedelta(days=9))
    assert begun.cancel(seat) == [Reason("begun", on=date(2026, 12, 1))]


def test_an_occasion_is_written_and_announced_when_it_is_another() -> None:
    untouched = Desk(an_occasion(), (), NOW)
    assert (untouched.written, untouched.announced) == (False, False)
    (person,) = people("a")
    untouched.enrol(person)
    assert (untouched.written, untouched.announced) == (True, True)


def test_a_place_in_line_can_always_be_left() -> None:
    desk = Desk(an_occasion(seats=1, cancel_until=NOW - timedelta(days=1)), (), NOW)
    _, waiting = (desk.enrol(person) for person in people("ab"))
    assert isinstance(waiting, Enrolment)
    assert isinstance(desk.cancel(waiting), Enrolment)
    assert desk.occasion.waiting == 0


def test_who_comes_back_stands_last_in_line_and_is_told_anew() -> None:
    desk = Desk(an_occasion(seats=1), (), NOW)
    first, second, third = people("abc")
    results = [desk.enrol(person) for person in (first, second, third)]
    assert isinstance(results[1], Enrolment)
    desk.cancel(results[1])
    again = desk.enrol(second)
    assert isinstance(again, Enrolment)
    assert again.version == 3
    assert again.line > max(e.line for e in desk.changed if e.person_id == third.id)


def test_who_comes_back_after_the_days_moved_comes_on_the_new_ones() -> None:
    desk = Desk(an_occasion(), (), NOW)
    (person,) = people("a")
    seat = desk.enrol(person)
    assert isinstance(seat, Enrolment)
    desk.cancel(seat)
    moved = desk.occasion.model_copy(update={"days": (date(2027, 3, 1),)})
    again = Desk(moved, desk.changed, NOW).enrol(person)
    assert isinstance(again, Enrolment)
    assert again.first_day == date(2027, 3, 1)


def test_a_cancelled_occasion_tells_everybody_once() -> None:
    desk = Desk(an_occasion(seats=1), (), NOW)
    for person in people("abc"):
        desk.enrol(person)
    later = Desk(desk.occasion, desk.changed, NOW)
    later.call_off()
    assert {told.kind for told in later.told} == {"courses.cancelled"}
    assert len(later.told) == 3
    assert {told.enrolment.state for told in later.told} == {"cancelled"}
    assert (later.occasion.edition, later.occasion.taken, later.occasion.waiting) == (2, 0, 0)
    again = Desk(later.occasion, later.changed, NOW)
    again.call_off()
    assert not again.told


STEPS = st.lists(
    st.tuples(st.sampled_from(["enrol", "cancel", "leave", "open", "restart"]), st.integers(0, 11)),
    max_size=60,
)
EVERYBODY = people("aaabbbcccddd")


@settings(max_examples=300)
@given(
    seats=st.integers(1, 6),
    shares=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    steps=STEPS,
)
def test_seats_and_quotas_hold_and_nobody_waits_for_a_free_seat(
    seats: int, shares: tuple[int, int, int], steps: list[tuple[str, int]]
) -> None:
    quotas = {agency: share for agency, share in zip("abc", shares, strict=True) if share}
    if sum(quotas.values()) > seats:
        quotas = {}
    now = NOW
    desk = Desk(an_occasion(seats=seats, quotas=quotas, quotas_open_at=OPENS), (), now)
    known: dict[str, Enrolment] = {}
    for step, who in steps:
        person = EVERYBODY[who]
        if step == "enrol":
            desk.enrol(person)
        elif step in {"open", "restart"}:
            now = OPENS if step == "open" else now
            known.update({e.id: e for e in desk.changed})
            desk = Desk(desk.occasion, known.values(), now)
        elif found := desk.of(person.id):
            desk.cancel(found, leaving=step == "leave")
        known.update({e.id: e for e in desk.changed})
        check(desk, known, opened=now == OPENS)


def check(desk: Desk, known: dict[str, Enrolment], *, opened: bool) -> None:
    occasion = desk.occasion
    seated = [e for e in known.values() if e.state == "enrolled"]
    line = sorted((e for e in known.values() if e.state == "waiting"), key=lambda e: e.line)
    assert occasion.taken == len(seated) <= occasion.seats
    assert occasion.waiting == len(line)
    assert all(n > 0 for n in occasion.taken_by_agency.values())
    assert {a: sum(e.agency == a for e in seated) for a in occasion.taken_by_agency} == dict(
        occasion.taken_by_agency
    )
    if not opened:
        kept = sum(max(0, q - occasion.taken_by_agency.get(a, 0)) for a, q in occasion.quotas.items())
        assert occasion.taken + kept <= occasion.seats
    space = room(occasion, OPENS if opened else NOW)
    assert not [e for e in line if space.has_seat_for(e.agency)]


@settings(max_examples=200)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20), st.integers(1, 8), st.integers(0, 4))
def test_the_line_is_fair_within_an_agency(agencies: list[str], seats: int, quota: int) -> None:
    """Whoever asked earlier never waits while somebody of the same agency who asked later has a seat."""
    quotas = {"a": min(quota, seats)} if quota else {}
    desk = Desk(an_occasion(seats=seats, quotas=quotas, quotas_open_at=OPENS), (), NOW)
    asked = people("".join(agencies))
    for person in asked:
        desk.enrol(person)
    for now in (NOW, OPENS):
        desk = Desk(desk.occasion, [e for p in asked if (e := desk.of(p.id))], now)
        for agency in "abc":
            states = [e.state for p in asked if p.agency == agency and (e := desk.of(p.id))]
            assert states == sorted(states)
