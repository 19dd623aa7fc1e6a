"""What an agency saved by not doing it alone, as ranges."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.courses.models.documents import Baseline


class Span(NamedTuple):
    low_ore: int
    high_ore: int


class Counting(NamedTuple):
    """How many classes of its own an agency's seats on one occasion made necessary: `seats_before` are those
    it had on the course earlier in the year, and a class of its own holds as many as the occasion has seats.
    """

    seats: int
    seats_before: int
    class_size: int
    own_classes: int


def count_classes(occasions: Iterable[tuple[int, int]]) -> list[Counting]:
    """The agency's seats and all seats of each occasion of one course in one year, in order. Three seats on
    three occasions are one class, not three: alone, the agency would have held it once.
    """
    counted: list[Counting] = []
    before = room = 0
    for seats, class_size in occasions:
        more = max(0, seats - room)
        own = -(-more // class_size)
        counted.append(Counting(seats, before, class_size, own))
        room += own * class_size - seats
        before += seats
    return counted


def saving(share_ore: int, counting: Counting, baseline: Baseline | None) -> Span | None:
    """Less than nothing where the share was more than doing it alone. An agency without seats would have
    spent nothing; one that has signed no baseline gets no figure.
    """
    own = counting.own_classes
    if counting.seats == 0:
        return Span(-share_ore, -share_ore)
    if baseline is None:
        return None
    return Span(own * baseline.low_ore - share_ore, own * baseline.high_ore - share_ore)


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
