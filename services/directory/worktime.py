"""Working time at Swedish agencies: 08.00–16.30, Monday to Friday, on no public holiday (lag 1989:253) nor
on the three eves that are free as well.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays.constants import DE_FACTO, PUBLIC
from holidays.countries.sweden import Sweden

ZONE = ZoneInfo("Europe/Stockholm")
_OPENS, _CLOSES = time(8), time(16, 30)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days of a year that are nobody's working days, the free eves among them; Sundays are left out."""
    return frozenset(Sweden(years=year, include_sundays=False, categories=(PUBLIC, DE_FACTO)))


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
