"""One compact VTIMEZONE (RFC 5545 3.6.5): two rules rather than a list of dates, which Outlook misreads."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Shift(NamedTuple):
    """When the clock goes from one offset to another; `wall` is read off the clock before it is turned."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


@lru_cache(maxsize=256)
def vtimezone(zone: str, first: int, last: int) -> Timezone:
    """Right for every instant from the year `first` to the year `last`."""
    info = ZoneInfo(zone)
    component = Timezone()
    component.add("tzid", zone)
    spring_and_autumn = list(_shifts(info, first - 1))
    rules = [_rule(shift, info, first - 1, last + 1) for shift in spring_and_autumn]
    if len(rules) == 2 and all(rules):
        for shift, rule in zip(spring_and_autumn, rules, strict=True):
            component.add_component(_observance(shift, rule))
        return component
    component.add_component(_observance(_standing(info, first - 1), ""))
    for year in range(first - 1, last + 2):
        for shift in _shifts(info, year):
            component.add_component(_observance(shift, ""))
    return component


def _observance(shift: _Shift, rule: str) -> TimezoneDaylight | TimezoneStandard:
    part = TimezoneDaylight() if shift.daylight else TimezoneStandard()
    part.add("dtstart", shift.wall)
    if rule:
        part.add("rrule", {"freq": "yearly", "bymonth": shift.wall.month, "byday": rule})
    part.add("tzoffsetfrom", shift.before)
    part.add("tzoffsetto", shift.after)
    part.add("tzname", shift.name)
    return part


def _standing(info: ZoneInfo, year: int) -> _Shift:
    """What holds as the year begins, as though it began there."""
    start = datetime(year, 1, 1, tzinfo=info)
    offset = start.utcoffset() or timedelta()
    return _Shift(datetime(year, 1, 1), offset, offset, start.tzname() or "", bool(start.dst()))  # noqa: DTZ001


def _rule(shift: _Shift, info: ZoneInfo, first: int, last: int) -> str:
    """`-1SU`, `2SU`: the BYDAY that gives this shift in every year from `first` to `last`; empty if none."""
    day = _DAYS[shift.wall.weekday()]
    for number in (-1, (shift.wall.day - 1) // 7 + 1):
        if all(_falls_on(shift, info, year, number) for year in range(first, last + 1)):
            return f"{number}{day}"
    return ""


def _falls_on(shift: _Shift, info: ZoneInfo, year: int, number: int) -> bool:
    month, weekday = shift.wall.month, shift.wall.weekday()
    if number > 0:
        opening = datetime(year, month, 1).weekday()  # noqa: DTZ001
        day = 1 + (weekday - opening) % 7 + 7 * (number - 1)
    else:
        length = monthrange(year, month)[1]
        day = length - (datetime(year, month, length).weekday() - weekday) % 7  # noqa: DTZ001
    try:
        wall = shift.wall.replace(year=year, day=day)
    except ValueError:
        return False
    expected = shift._replace(wall=wall)
    return expected in _shifts(info, year) and len(list(_shifts(info, year))) == 2


def _shifts(info: ZoneInfo, year: int) -> Iterator[_Shift]:
    for month in range(1, 13):
        length = monthrange(year, month)[1]
        start = datetime(year, month, 1, tzinfo=timezone.utc)  # noqa: UP017
        end = start + timedelta(days=length)
        at = start
        while at < end:
            following = at + timedelta(days=1)
            if _offset(info, at) != _offset(info, following):
                yield _shift(info, at, following)
            at = following


def _shift(info: ZoneInfo, low: datetime, high: datetime) -> _Shift:
    before = _offset(info, low)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    at = high.replace(second=0, microsecond=0)
    local = at.astimezone(info)
    return _Shift(
        (at + before).replace(tzinfo=None), before, _offset(info, at), local.tzname() or "", bool(local.dst())
    )


def _offset(info: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(info).utcoffset() or timedelta()
