"""E3: a place offered for a limited time, then to the next; and until when anybody is promoted unasked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.seats.facts import Lapsed, Offered, Released, Seated
from shared.seats.inputs import Ask, Release, Tick
from shared.seats.models import HOLDS, Offers, Seating, Terms
from shared.seats.promotion import how, next_due, offer_ends
from tests.seats.scenes import CLOSES, CUT_OFF, DAY, NOW, OFFERS, after, asking, facts, holding, quotas

TERMS = Terms(1, seats_until=CLOSES, offers=OFFERS)
HOUR = timedelta(hours=1)


@pytest.fixture
def waiting() -> Seating:
    return after(TERMS, asking("a1", "b1", "c1"))


@pytest.mark.parametrize(
    ("terms", "at", "expected"),
    [
        (Terms(1), NOW, "seat"),
        (TERMS, CLOSES - HOUR, "seat"),
        (TERMS, CLOSES, "offer"),
        (TERMS, CUT_OFF - HOUR, "offer"),
        (TERMS, CUT_OFF, None),
        (replace(TERMS, offers=None), CLOSES, None),
        (replace(TERMS, held=False), NOW, None),
    ],
)
def test_how_the_line_comes_to_a_seat(terms: Terms, at: datetime, expected: str | None) -> None:
    assert how(terms, at) == expected


@pytest.mark.parametrize(
    ("left", "lasts"),
    [
        (10 * DAY, 2 * DAY),
        (5 * DAY, 2 * DAY),
        (5 * DAY - HOUR, 6 * HOUR),
        (DAY, 6 * HOUR),
        (DAY - HOUR, HOUR),
        # None outlasts the cut-off.
        (HOUR / 2, HOUR / 2),
    ],
)
def test_an_offer_is_shorter_near_the_start(left: timedelta, lasts: timedelta) -> None:
    assert offer_ends(OFFERS, CUT_OFF - left) == CUT_OFF - left + lasts


def test_an_offer_without_intervals_lasts_until_the_cut_off() -> None:
    assert offer_ends(Offers(CUT_OFF, ()), NOW) == CUT_OFF


def test_the_usual_intervals_only_get_shorter() -> None:
    assert [hold.left for hold in HOLDS] == sorted((hold.left for hold in HOLDS), reverse=True)
    assert [hold.lasts for hold in HOLDS] == sorted((hold.lasts for hold in HOLDS), reverse=True)
    assert HOLDS[-1].left == timedelta(0)


def test_before_closing_nobody_needs_to_be_asked(waiting: Seating) -> None:
    assert facts(waiting, Release("a1", CLOSES - HOUR))[1:] == (Seated("b1", "promoted"),)


def test_after_closing_the_first_in_line_is_asked(waiting: Seating) -> None:
    assert facts(waiting, Release("a1", CLOSES)) == (
        Released("a1", "seated"),
        Offered("b1", CLOSES + 2 * DAY),
    )
    asked = after(waiting, Release("a1", CLOSES))
    # An offered seat is taken: nobody else gets it meanwhile.
    assert (asked.taken, asked.is_full, asked.line, asked.waiting) == ({"b": 1}, True, ("c1",), 1)
    assert (asked.offered, next_due(asked)) == (("b1",), CLOSES + 2 * DAY)


def test_an_offer_is_accepted_by_asking_also_when_registration_is_closed(waiting: Seating) -> None:
    asked = after(waiting, Release("a1", CLOSES))
    accepted = after(asked, Ask("b1", "b", CLOSES + DAY))
    assert facts(asked, Ask("b1", "b", CLOSES + DAY)) == (Seated("b1", "accepted"),)
    assert (accepted.offered, accepted.claims["b1"].until, accepted.claims["b1"].rank) == ((), None, None)
    assert next_due(accepted) is None


def test_an_offer_that_is_declined_goes_to_the_next_at_once(waiting: Seating) -> None:
    asked = after(waiting, Release("a1", CLOSES))
    assert facts(asked, Release("b1", CLOSES + DAY)) == (
        Released("b1", "offered"),
        Offered("c1", CLOSES + 3 * DAY),
    )


def test_an_offer_that_lapses_goes_to_the_next(waiting: Seating) -> None:
    asked = after(waiting, Release("a1", CLOSES))
    lapses = CLOSES + 2 * DAY
    assert facts(asked, Tick(lapses - HOUR)) == ()
    assert facts(asked, Tick(lapses)) == (Lapsed("b1"), Offered("c1", lapses + 2 * DAY))
    late = after(asked, Tick(lapses))
    assert "b1" not in late.claims
    # Whoever accepts too late stands in line.
    assert holding(after(asked, Ask("b1", "b", lapses)), "waiting") == ["b1"]


def test_an_offer_lasts_from_when_it_is_made_however_late_the_clock_comes(waiting: Seating) -> None:
    asked = after(waiting, Release("a1", CLOSES))
    at = CUT_OFF - 4 * HOUR
    assert facts(asked, Tick(at)) == (Lapsed("b1"), Offered("c1", at + HOUR))


def test_nobody_is_asked_after_the_cut_off(waiting: Seating) -> None:
    asked = after(waiting, Release("a1", CUT_OFF - HOUR / 2))
    assert asked.claims["b1"].until == CUT_OFF
    assert facts(asked, Tick(CUT_OFF)) == (Lapsed("b1"),)
    assert after(asked, Tick(CUT_OFF)).line == ("c1",)


def test_as_many_are_asked_as_there_are_seats() -> None:
    terms = replace(TERMS, seats=3)
    seating = after(terms, asking("a1", "a2", "a3", "b1", "b2", "b3", "b4"))
    freed = after(seating, *(Release(id_, CLOSES) for id_ in ("a1", "a2", "a3")))
    assert (freed.offered, freed.line) == (("b1", "b2", "b3"), ("b4",))


def test_a_kept_seat_is_offered_to_its_own_agency_first() -> None:
    terms = replace(TERMS, seats=2, quotas=quotas({"a": 1, "b": 1}))
    seating = after(terms, asking("a1", "b1", "b2", "a2"))
    assert facts(seating, Release("a1", CLOSES))[1:] == (Offered("a2", CLOSES + 2 * DAY),)


def test_what_is_due_next_is_the_earliest_of_all() -> None:
    assert next_due(Seating(TERMS)) is None
    opening = Seating(Terms(1, quotas({"a": 1}, CLOSES)))
    assert next_due(opening) == CLOSES
    assert next_due(after(opening, Tick(CLOSES))) is None
