"""When so many leave at once that a person has to say whether it is true (D13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.directory.intake.models import Left

WITHIN = timedelta(hours=1)
_FEW = 5
_PER_CENT = 5
_MINUTE = timedelta(minutes=1)


def is_mass_leave(leaving: int, left: int, active: int) -> bool:
    """More than five people and more than 5 % of the agency within an hour. `left` are gone already and
    `leaving` are not, so they are among the `active`.
    """
    together = leaving + left
    return together > _FEW and together * 100 > _PER_CENT * (active + left)


def left_since(minutes: Iterable[Left], now: datetime) -> int:
    """A minute counts until the whole of it is an hour ago."""
    return sum(minute.count for minute in minutes if minute.at > now - WITHIN - _MINUTE)


def note_left(minutes: Iterable[Left], count: int, now: datetime) -> tuple[Left, ...]:
    """`minutes` with `count` more who left now, and without what is too long ago to count."""
    this = now.replace(second=0, microsecond=0)
    kept = {minute.at: minute.count for minute in minutes if minute.at > now - WITHIN - _MINUTE}
    kept[this] = kept.get(this, 0) + count
    return tuple(Left(at, number) for at, number in sorted(kept.items()))
