"""Days as people, systems and spreadsheets write them."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from services.directory.imports.rules.unreadable import Unreadable

# Of a column: which comes first where both are numbers, or that its rows contradict each other.
Order = Literal["day", "month", "mixed"]
Orders = Mapping[int, Order]
_SHORT_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_MONTHS: dict[str, int] = {name: place for place, name in enumerate(_SHORT_MONTHS, 1)} | {"may": 5, "oct": 10}
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d{1,2}[:.]\d{2}.*)?")
_CLOSE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TWO_FIRST = re.compile(r"(\d{1,2})([-/. ]+)(\d{1,2})[-/. ]+(\d{4})(?: \d{1,2}[:.]\d{2}.*)?")
_IN_WORDS = re.compile(r"(?:den )?(\d{1,2})\.?[ -]([a-zåäö]{3})[a-zåäö]*\.?[ ,-]+(\d{4})")
# Systems write no day as the end or the beginning of the calendar.
_NO_DAY = re.compile(r"[09]{4}[-/.]?\d\d[-/.]?\d\d\b.*|\d\d?[-/.]\d\d?[-/.](?:0000|0001|9999)\b.*|2958465")
_FIRST_YEAR = 1900
_LAST_YEAR = 9000
_SERIAL = re.compile(r"(\d{5})(?:[,.]0+)?")
_FIRST_SERIAL = date(1899, 12, 30)
_MONTHS_IN_A_YEAR = 12


def order_told_by(value: str) -> Order | None:
    """What one value tells of its column: 31/12 is of days first, 12/31 of months."""
    found = _TWO_FIRST.fullmatch(value.casefold())
    # Nobody writes the month first with dots.
    if not found or "." in found[2] or _NO_DAY.fullmatch(value):
        return None
    if int(found[1]) > _MONTHS_IN_A_YEAR:
        return "day"
    return "month" if int(found[3]) > _MONTHS_IN_A_YEAR else None


def orders(seen: Mapping[int, set[str]]) -> Orders:
    """By column. One that nothing tells of is like the file's others, or Swedish."""
    everywhere = {order for told in seen.values() for order in told}
    return {place: _order(told or everywhere) for place, told in seen.items()}


def _order(told: set[str]) -> Order:
    if len(told) > 1:
        return "mixed"
    return "month" if "month" in told else "day"


def day(value: str, order: Order = "day") -> date | None:
    """2026-11-23, 20261123, 23/11 2026, 23.11.2026, 23 nov 2026, and a spreadsheet's count of days; None for
    what systems write when there is no day.

    Raises:
        Unreadable: it is no day, or could be two.
    """
    said = value.casefold()
    if _NO_DAY.fullmatch(said):
        return None
    if found := _YEAR_FIRST.fullmatch(said) or _CLOSE.fullmatch(said):
        year, month, day_ = found.groups()
    elif found := _TWO_FIRST.fullmatch(said):
        day_, month, year = _in_order(found[1], found[2], found[3], order), found[3], found[4]
        if day_ == found[3]:
            month = found[1]
    elif (found := _IN_WORDS.fullmatch(said)) and found[2] in _MONTHS:
        day_, month, year = found[1], _MONTHS[found[2]], found[3]
    elif found := _SERIAL.fullmatch(said):
        return _FIRST_SERIAL + timedelta(days=int(found[1]))
    else:
        raise Unreadable("not_a_day")
    try:
        read = date(int(year), int(month), int(day_))
    except ValueError:
        raise Unreadable("not_a_day") from None
    return read if _FIRST_YEAR < read.year < _LAST_YEAR else None


def _in_order(first: str, sign: str, second: str, order: Order) -> str:
    """The one of the two that is the day."""
    if "." in sign or order == "day":
        return first
    if order == "month":
        return second
    if int(first) > _MONTHS_IN_A_YEAR or first == second:
        return first
    if int(second) > _MONTHS_IN_A_YEAR:
        return second
    raise Unreadable("either_day")
