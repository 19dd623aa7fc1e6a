"""What an agency saved by not doing it alone, as ranges."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.courses.models.documents import Baseline


class Span(NamedTuple):
    low_ore: int
    high_ore: int


def saving(share_ore: int, seats: int, baseline: Baseline | None) -> Span | None:
    """Less than nothing where the share was more than doing it alone. An agency without seats would have
    spent nothing; one that has signed no baseline gets no figure.
    """
    if seats == 0:
        return Span(-share_ore, -share_ore)
    if baseline is None:
        return None
    return Span(baseline.low_ore - share_ore, baseline.high_ore - share_ore)


def total(savings: Iterable[Span]) -> Span:
    known = list(savings)
    return Span(sum(span.low_ore for span in known), sum(span.high_ore for span in known))


def bounds(period: str) -> tuple[date, date]:
    """First day of `2027` or `2027-02`, and first day after it."""
    year, _, month = period.partition("-")
    if not month:
        return date(int(year), 1, 1), date(int(year) + 1, 1, 1)
    following = (int(year), int(month) + 1) if month != "12" else (int(year) + 1, 1)
    return date(int(year), int(month), 1), date(*following, 1)
