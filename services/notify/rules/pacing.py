"""How fast mail may go out: a leaky bucket whose whole state is one instant (GCRA)."""

from datetime import datetime, timedelta


def slots(
    earliest: datetime | None, count: int, *, rate: float, burst: float, now: datetime
) -> tuple[list[datetime], datetime]:
    """When each of `count` mails may go, and the bucket's state afterwards.

    `rate` a second; up to `burst` seconds' worth may go at once after a quiet time.
    """
    interval = timedelta(seconds=1 / rate)
    tolerance = timedelta(seconds=burst)
    at = max(earliest or now, now)
    times = [max(now, at + interval * position - tolerance) for position in range(count)]
    return times, at + interval * count
