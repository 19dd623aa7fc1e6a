"""Which occasion somebody is told of, and when again."""

from datetime import date, datetime, timedelta

import pytest

from services.courses.models.documents import Occasion
from services.courses.models.wishes import Recommended
from services.courses.rules.recommendations import Advice, advice, next_occasion, ran_out
from tests.courses.builders import NOW, an_occasion

EARLY = an_occasion(id="early", days=(date(2027, 1, 11),))
LATE = an_occasion(id="late", days=(date(2027, 3, 1),))
BEGUN = an_occasion(id="begun", days=(date(2026, 11, 23),))


def full(occasion: Occasion) -> Occasion:
    return occasion.model_copy(update={"taken_by_agency": {"msb": occasion.seats}})


def called_off(occasion: Occasion) -> Occasion:
    return occasion.model_copy(update={"cancelled": True})


def kept_for_msb(occasion: Occasion) -> Occasion:
    return occasion.model_copy(
        update={"quotas": {"msb": occasion.seats}, "quotas_open_at": NOW + timedelta(days=9)}
    )


@pytest.mark.parametrize(
    ("occasions", "expected"),
    [
        ([], None),
        ([LATE, EARLY], "early"),
        ([full(EARLY), LATE], "late"),
        ([kept_for_msb(EARLY), LATE], "late"),
        ([full(LATE), full(EARLY)], "early"),
        ([called_off(EARLY), LATE], "late"),
        ([BEGUN, LATE], "late"),
        ([BEGUN, called_off(EARLY)], None),
        ([EARLY.model_copy(update={"id": "b"}), EARLY.model_copy(update={"id": "a"})], "a"),
    ],
)
def test_the_first_with_a_seat_is_next_or_else_the_first_with_a_line(
    occasions: list[Occasion], expected: str | None
) -> None:
    found = next_occasion(occasions, "csn", NOW)
    assert (found.id if found else None) == expected


def test_an_agencys_own_seats_are_seats_for_its_people() -> None:
    found = next_occasion([kept_for_msb(EARLY), LATE], "msb", NOW)
    assert found
    assert found.id == "early"


YESTERDAY = NOW - timedelta(days=1)


def heard(of: str, *known: str, at: datetime = YESTERDAY) -> Recommended:
    return Recommended("p", at, of, known)


@pytest.mark.parametrize(
    ("occasions", "before", "expected"),
    [
        ([EARLY, LATE], None, Advice(EARLY)),
        ([full(EARLY)], None, Advice(full(EARLY))),
        ([EARLY, LATE], heard("early", "early", "late"), Advice()),
        # What they were told of is full, or gone: another that has a seat, known or not.
        ([full(EARLY), LATE], heard("early", "early", "late"), Advice(LATE)),
        ([called_off(EARLY), LATE], heard("early", "early", "late"), Advice(LATE)),
        ([full(EARLY), full(LATE)], heard("early", "early", "late"), Advice()),
        # It has begun: that they took no part is no reason to write.
        ([BEGUN, LATE], heard("begun", "begun", "late"), Advice()),
        # A new one, and at most one mail a day.
        ([EARLY, LATE], heard("early", "early"), Advice(LATE)),
        ([EARLY, full(LATE)], heard("early", "early"), Advice()),
        ([EARLY, LATE], heard("early", "early", at=NOW), Advice(later=True)),
        ([EARLY], heard("early", "early", at=NOW), Advice()),
    ],
)
def test_who_has_heard_hears_again_when_there_is_a_reason(
    occasions: list[Occasion], before: Recommended | None, expected: Advice
) -> None:
    assert advice(occasions, "csn", before, NOW) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (EARLY, EARLY, False),
        (EARLY, full(EARLY), True),
        (full(EARLY), full(EARLY), False),
        (full(EARLY), EARLY, False),
        (EARLY, called_off(EARLY), True),
        # Nobody outside msb can get one any more.
        (EARLY, kept_for_msb(EARLY), True),
        (BEGUN, full(BEGUN), False),
    ],
)
def test_seats_have_run_out_when_somebody_could_get_one_and_can_t(
    before: Occasion, after: Occasion, *, expected: bool
) -> None:
    assert ran_out(before, after, NOW) is expected
