"""Days on which agencies are at work, for what the story puts in the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import holidays

# With the eves that nobody works on: midsummer's, Christmas and New Year's.
_FREE = holidays.country_holidays("SE", categories=holidays.Sweden.supported_categories)


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in _FREE


def working_day(day: date, *, in_a_row: int = 1) -> date:
    """The first from `day` on that begins so many working days in a row."""
    while not all(is_working(day + timedelta(days=more)) for more in range(in_a_row)):
        day += timedelta(days=1)
    return day
