"""Times as people mean them: what the clock on a wall shows, and the instant that this is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """`wall` bears no zone of its own; `due` is UTC. `name` is unique among the moments of one thing."""

    name: str
    wall: datetime
    zone: str
    due: datetime


def now_ms(now: datetime) -> datetime:
    """To the millisecond, which is what MongoDB keeps."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def by_wall(name: str, wall: datetime, zone: str) -> Moment:
    """When the clock in `zone` shows `wall`. RFC 5545 3.3.5 decides the two nights a year when that is not
    one instant: shown twice, the first is meant; never shown, it is read with the offset before the gap, so
    that 02:30 becomes 03:30.
    """
    naive = wall.replace(tzinfo=None, fold=0)
    return Moment(name, naive, zone, naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def by_instant(name: str, instant: datetime, zone: str) -> Moment:
    """Counted in elapsed time from something else, whatever the clocks did meanwhile."""
    local = instant.astimezone(ZoneInfo(zone))
    return Moment(name, local.replace(tzinfo=None), zone, instant.astimezone(UTC))


def comes_twice(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock in `zone` shows the same at another instant too: the night it is turned back."""
    local = instant.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
