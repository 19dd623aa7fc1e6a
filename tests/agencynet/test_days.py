"""The story puts what it plans on days when agencies are at work."""

from datetime import date

import pytest

from agencynet.demo.days import is_working, working_day


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (date(2026, 12, 3), date(2026, 12, 3)),
        (date(2026, 12, 5), date(2026, 12, 7)),
        # Midsummer's eve, Christmas, New Year's eve and Epiphany.
        (date(2027, 6, 25), date(2027, 6, 28)),
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2027, 1, 6), date(2027, 1, 7)),
    ],
)
def test_a_free_day_gives_way_to_the_next_that_is_not(wanted: date, found: date) -> None:
    assert working_day(wanted) == found


def test_a_course_of_two_days_is_not_cut_by_a_weekend() -> None:
    first = working_day(date(2026, 12, 4), in_a_row=2)
    assert first == date(2026, 12, 7)
    assert is_working(date(2026, 12, 8))
