"""Working time at Swedish agencies: 08.00–16.30, Monday to Friday, on no public holiday (lag 1989:253) nor
on the three eves that are free as well.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
_OPENS, _CLOSES = time(8), time(16, 30)
HOURS_A_DAY = 8.5
# Month and day: New Year, Epiphany, Labour Day, National Day, and Christmas and New Year with their eves.
_FIXED = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
_AFTER_EASTER = (-2, 0, 1, 39, 49)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days of a year that are nobody's working days, whatever day of the week they fall on."""
    easter = _easter(year)
    # Midsummer's Day is the Saturday of 20–26 June; its eve is free too.
    midsummer = next(day for day in (date(year, 6, 20 + n) for n in range(7)) if day.weekday() == 5)
    # All Saints' Day, the Saturday of 31 October – 6 November, never falls on a working day anyway.
    return frozenset(
        {date(year, month, day) for month, day in _FIXED}
        | {easter + timedelta(days) for days in _AFTER_EASTER}
        | {midsummer - timedelta(1)}
    )


def _easter(year: int) -> date:
    """Gauss's algorithm in the form of Meeus, Jones and Butcher."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap, skipped = divmod(century, 4)
    epact = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, odd = divmod(rest, 4)
    weekday = (32 + 2 * skipped + 2 * quarter - epact - odd) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def working_hours(since: datetime, until: datetime) -> float:
    """Hours of working time between two instants, to a tenth."""
    start, end = since.astimezone(ZONE), until.astimezone(ZONE)
    worked, day = timedelta(), start.date()
    while day <= end.date():
        if is_working_day(day):
            opens, closes = (datetime.combine(day, at, ZONE) for at in (_OPENS, _CLOSES))
            worked += max(timedelta(), min(closes, end) - max(opens, start))
        day += timedelta(1)
    return round(worked / timedelta(hours=1), 1)


def after_working_days(since: datetime, days: int) -> datetime:
    """The same time of day `days` working days later; what is asked outside working hours counts from when
    they next begin.
    """
    moment = _at_work(since.astimezone(ZONE))
    day, left = moment.date(), days
    while left:
        day += timedelta(1)
        left -= is_working_day(day)
    return datetime.combine(day, moment.timetz()).astimezone(since.tzinfo)


def next_morning(now: datetime) -> datetime:
    """When working time next begins."""
    local = now.astimezone(ZONE)
    day = local.date() + timedelta(local.time() >= _OPENS)
    while not is_working_day(day):
        day += timedelta(1)
    return datetime.combine(day, _OPENS, ZONE)


def _at_work(moment: datetime) -> datetime:
    day = moment.date()
    if moment.time() > _CLOSES:
        day += timedelta(1)
    while not is_working_day(day):
        day += timedelta(1)
    if day != moment.date() or moment.time() < _OPENS:
        return datetime.combine(day, _OPENS, ZONE)
    return moment
