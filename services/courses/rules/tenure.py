"""How long somebody has been employed, in calendar months."""

from calendar import monthrange
from datetime import date, timedelta

# Months are of different lengths, so a range of start dates is fetched a little too wide and then checked.
SLACK = timedelta(days=4)


def add_months(day: date, months: int) -> date:
    """The same day of the month, or that month's last: 31 January and one month is 28 February. Stops at
    the calendar's ends, so that a start date in the year 9999 is strange and not a failure.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return date.min if year < 1 else date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_employed(start: date, today: date) -> int:
    """Whole months; negative before the first day."""
    months = (today.year - start.year) * 12 + today.month - start.month
    return months if add_months(start, months) <= today else months - 1


def fits_from(start: date, min_months: int | None) -> date:
    return add_months(start, min_months or 0)


def fits_until(start: date, max_months: int | None) -> date:
    """The last day on which it fits."""
    return date.max if max_months is None else add_months(start, max_months)


def fits(start: date, min_months: int | None, max_months: int | None, today: date) -> bool:
    return fits_from(start, min_months) <= today <= fits_until(start, max_months)


def starts_that_fit(
    min_months: int | None, max_months: int | None, today: date, since: date | None = None
) -> tuple[date, date]:
    """Between which start dates people are who fit today; with `since`, who did not yet fit on that day.
    A little too wide: check each with `fits`.
    """
    latest = add_months(today, -(min_months or 0)) + SLACK
    earliest = date.min if max_months is None else add_months(today, -max_months) - SLACK
    if since is not None:
        earliest = max(earliest, add_months(since, -(min_months or 0)) - SLACK)
    return earliest, latest
