"""E1, E2, E4, E6, C14: who gets a seat, who waits, and what happens when a seat is given back."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from shared.seats.facts import Queued, QuotaOpened, Refusal, Released, Seated
from shared.seats.inputs import Alter, Ask, CallOff, Input, Move, Release, Tick
from shared.seats.models import Quota, Seating, Terms, Window
from tests.seats.scenes import CLOSES, DAY, NOW, after, asking, facts, holding, quotas, refusal, what

OPENS = NOW + 10 * DAY


@pytest.mark.parametrize(
    ("seats", "kept", "taken", "open_to_all", "agency", "expected"),
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
        (None, {"a": 2}, {"c": 99}, False, "c", True),
    ],
)
def test_who_may_have_a_seat(
    seats: int | None,
    kept: dict[str, int],
    taken: dict[str, int],
    open_to_all: bool,
    agency: str,
    expected: bool,
) -> None:
    terms = Terms(seats, tuple(Quota(name, count, opened=open_to_all) for name, count in kept.items()))
    assert Seating(terms, taken=taken).has_seat_for(agency) is expected


@pytest.mark.parametrize(
    ("count", "agency", "expected"), [(3, "a", True), (4, "a", False), (1, "b", True), (2, "b", False)]
)
def test_whether_there_are_several_seats(count: int, agency: str, expected: bool) -> None:
    seating = Seating(Terms(4, quotas({"a": 2})), taken={"b": 1})
    assert seating.has_seat_for(agency, count) is expected


def test_two_quotas_of_one_agency_count_together() -> None:
    terms = Terms(5, (Quota("a", 2, OPENS), Quota("a", 1, OPENS + DAY)))
    assert Seating(terms, taken={"a": 1}).spoken_for == 3
    opened = after(terms, Tick(OPENS))
    assert (opened.spoken_for, [q.opened for q in opened.terms.quotas]) == (1, [True, False])


def test_first_come_first_served_and_then_there_is_a_line() -> None:
    seating = after(Terms(1), asking("a1"))
    assert facts(Terms(1), Ask("a1", "a", NOW)) == (Seated("a1", "asked"),)
    assert facts(seating, Ask("b1", "b", NOW)) == (Queued("b1", 1),)
    full = after(seating, asking("b1", "c1"))
    assert (full.line, full.waiting, full.is_full, full.free) == (("b1", "c1"), 2, True, 0)


def test_without_a_limit_everybody_gets_a_seat() -> None:
    seating = after(Terms(None), asking("a1", "a2", "b1"))
    assert (seating.taken, seating.free, seating.is_full) == ({"a": 2, "b": 1}, None, False)


def test_asking_again_changes_nothing() -> None:
    seating = after(Terms(1), asking("a1", "b1"))
    for id_ in ("a1", "b1"):
        assert what(seating, Ask(id_, id_[0], NOW + DAY)) == what(seating, Ask(id_, id_[0], NOW))
        assert after(seating, asking(id_)) == seating


def test_a_seat_that_is_given_back_goes_to_the_first_in_line() -> None:
    seating = after(Terms(1), asking("a1", "b1", "c1"))
    assert facts(seating, Release("a1", NOW)) == (Released("a1", "seated"), Seated("b1", "promoted"))
    left = after(seating, Release("a1", NOW))
    assert (left.line, left.taken, left.waiting, left.claims["b1"].rank) == (("c1",), {"b": 1}, 1, None)


def test_a_place_in_line_that_is_given_back_moves_the_others_up() -> None:
    seating = after(Terms(1), asking("a1", "b1", "c1"))
    assert facts(seating, Release("b1", NOW)) == (Released("b1", "waiting"),)
    assert after(seating, Release("b1", NOW)).line == ("c1",)
    assert refusal(seating, Release("d1", NOW)) == "has_nothing"


def test_giving_back_works_when_nothing_else_does() -> None:
    closed = Terms(1, windows=(Window(closes_at=CLOSES),), seats_until=CLOSES)
    seating = after(closed, asking("a1", "b1"))
    assert facts(seating, Release("a1", CLOSES)) == (Released("a1", "seated"),)
    off = after(seating, Alter(replace(closed, held=False), NOW))
    assert facts(off, Release("b1", CLOSES)) == (Released("b1", "waiting"),)


def test_whoever_comes_back_stands_last() -> None:
    seating = after(Terms(1), asking("a1", "b1", "c1"), Release("b1", NOW), asking("b1"))
    assert seating.line == ("c1", "b1")


def test_a_rank_says_where_in_line_and_later_ones_without_stand_behind() -> None:
    terms = Terms(0)
    ranks = {"a1": (50, "x"), "b1": (20, "y"), "c1": (20, "x")}
    seating = after(terms, *(Ask(id_, id_[0], NOW, rank) for id_, rank in ranks.items()))
    assert seating.line == ("c1", "b1", "a1")
    assert facts(seating, Ask("d1", "d", NOW, (20, "z"))) == (Queued("d1", 3),)
    assert facts(seating, Ask("d1", "d", NOW)) == (Queued("d1", 4),)
    assert after(seating, asking("d1")).claims["d1"].rank == (51, "")


def test_equal_ranks_keep_the_order_in_which_they_asked() -> None:
    seating = after(Terms(0), *(Ask(id_, "a", NOW, (7, "")) for id_ in ("a3", "a1", "a2")))
    assert seating.line == ("a3", "a1", "a2")


def test_a_seat_that_is_kept_for_an_agency_goes_to_its_first_in_line() -> None:
    seating = after(Terms(2, quotas({"a": 1, "b": 1})), asking("a1", "b1", "b2", "a2"))
    assert facts(seating, Release("a1", NOW)) == (Released("a1", "seated"), Seated("a2", "promoted"))


def test_when_quotas_open_the_line_goes_before_newcomers() -> None:
    seating = after(Terms(2, quotas({"a": 2}, OPENS)), asking("b1", "b2", "b3"))
    assert seating.line == ("b1", "b2", "b3")
    assert facts(seating, Ask("b4", "b", OPENS)) == (
        QuotaOpened("a"),
        Seated("b1", "promoted"),
        Seated("b2", "promoted"),
        Queued("b4", 2),
    )
    assert facts(seating, Tick(OPENS - DAY / 24)) == ()


def test_opened_quotas_stay_open_to_a_slow_clock() -> None:
    opened = after(Terms(1, quotas({"a": 1}, OPENS)), Tick(OPENS))
    assert facts(opened, Ask("b1", "b", OPENS - DAY)) == (Seated("b1", "asked"),)


def test_more_seats_go_to_the_line_in_order() -> None:
    seating = after(Terms(1), asking("a1", "b1", "c1", "d1"))
    assert facts(seating, Alter(Terms(3), NOW)) == (Seated("b1", "promoted"), Seated("c1", "promoted"))
    assert after(seating, Alter(Terms(None), NOW)).line == ()


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms(1), "fewer_than_taken"),
        (Terms(2), None),
        (Terms(2, quotas({"c": 1})), "more_than_seats"),
        (Terms(3, quotas({"c": 1})), None),
        # What opens at once is kept for nobody.
        (Terms(2, quotas({"c": 1}, NOW)), None),
    ],
)
def test_what_is_taken_can_t_be_decided_away(terms: Terms, expected: Refusal | None) -> None:
    seating = after(Terms(2), asking("a1", "b1"))
    assert refusal(seating, Alter(terms, NOW)) == expected


@pytest.mark.parametrize(
    ("windows", "at", "agency", "expected"),
    [
        ((), NOW, "a", None),
        ((Window(NOW, CLOSES),), NOW, "a", None),
        ((Window(NOW + DAY, CLOSES),), NOW, "a", "not_open_yet"),
        ((Window(NOW, CLOSES),), CLOSES, "a", "closed"),
        ((Window(NOW, CLOSES),), CLOSES - DAY, "a", None),
        ((Window(agencies=frozenset("b")),), NOW, "a", "closed"),
        ((Window(agencies=frozenset("b")),), NOW, "b", None),
        ((Window(NOW, agencies=frozenset("b")), Window(NOW + DAY)), NOW, "a", "not_open_yet"),
        ((Window(NOW, agencies=frozenset("b")), Window(NOW + DAY)), NOW + DAY, "a", None),
        ((Window(closes_at=NOW), Window(NOW + DAY)), NOW, "a", "not_open_yet"),
    ],
)
def test_when_somebody_may_ask(
    windows: tuple[Window, ...], at: datetime, agency: str, expected: Refusal | None
) -> None:
    assert refusal(Terms(1, windows=windows), Ask("x", agency, at)) == expected


def test_a_newcomer_does_not_pass_those_whom_nobody_serves_any_more() -> None:
    seating = after(Terms(1, seats_until=CLOSES), asking("a1", "b1"), Release("a1", CLOSES))
    assert (seating.line, seating.free) == (("b1",), 1)
    assert facts(seating, Ask("c1", "c", CLOSES)) == (Queued("c1", 2),)
    alone = after(seating, Release("b1", CLOSES))
    assert facts(alone, Ask("c1", "c", CLOSES)) == (Seated("c1", "asked"),)


def test_a_newcomer_passes_those_who_may_not_have_the_seat_anyway() -> None:
    terms = Terms(1, quotas({"c": 1}), seats_until=NOW)
    seating = after(terms, asking("b1"))
    assert facts(seating, Ask("c1", "c", CLOSES)) == (Seated("c1", "asked"),)


def test_a_newcomer_does_not_pass_those_in_line_who_are_not_loaded() -> None:
    seating = Seating(Terms(5), taken={"a": 3}, waiting=400, last_rank=400, unseen=True)
    assert seating.goes_on_unseen
    assert facts(seating, Ask("b1", "b", NOW)) == (Queued("b1", 401),)
    assert after(seating, asking("b1")).line == ()
    free = replace(seating, terms=Terms(None))
    assert facts(free, Ask("b1", "b", NOW)) == (Seated("b1", "asked"),)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"unseen": False}, False),
        ({"line": ("b1",)}, False),
        ({"taken": {"a": 5}}, False),
        ({"terms": Terms(None)}, True),
    ],
)
def test_whether_the_rest_of_the_line_is_to_be_served(changes: dict[str, Any], expected: bool) -> None:
    seating = Seating(Terms(5), taken={"a": 3}, unseen=True)
    assert replace(seating, **changes).goes_on_unseen is expected


def test_what_is_called_off_leaves_nobody_anything() -> None:
    seating = after(Terms(1, quotas({"a": 1})), asking("b1", "a1"))
    off = what(seating, CallOff(NOW))
    assert off.facts == (Released("a1", "seated"), Released("b1", "waiting"))
    assert (off.seating.claims, off.seating.taken, off.seating.waiting) == ({}, {}, 0)
    assert off.seating.last_rank == seating.last_rank
    for asked in (Ask("c1", "c", NOW), Move("b1", 1, "därför", NOW)):
        assert refusal(off.seating, asked) == "not_held"
    assert facts(off.seating, CallOff(NOW)) == ()


def test_nobody_is_promoted_in_a_draft() -> None:
    seating = after(Terms(1), asking("a1", "b1"), Alter(Terms(1, held=False), NOW), Release("a1", NOW))
    assert holding(seating, "waiting") == ["b1"]
    assert after(seating, Tick(NOW)) == seating
    assert holding(after(seating, Alter(Terms(1), NOW)), "seated") == ["b1"]


def test_a_tick_serves_the_line_where_seats_are_free() -> None:
    waiting = replace(after(Terms(0), asking("a1", "b1")), terms=Terms(1))
    asked: Input = Tick(NOW)
    assert facts(waiting, asked) == (Seated("a1", "promoted"),)
