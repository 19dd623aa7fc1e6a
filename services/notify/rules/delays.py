"""When a mail that was not taken is tried again: by class of failure, each on its own schedule."""

from enum import StrEnum
from random import Random


class Failure(StrEnum):
    CLOSED = "closed"  # the server went away before it had the mail
    BUSY = "busy"  # it takes no mail just now (421, 450, 451)
    FULL = "full"  # the mailbox or the disk is full (452, 4.2.2, 4.3.1)
    REFUSED = "refused"  # for good, says the server, and not why (5xx): it takes others or it does not


# In units of the setting `retry_unit_seconds`, which is a minute.
_SCHEDULES: dict[Failure, tuple[float, ...]] = {
    Failure.CLOSED: (0.2, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960),
    Failure.BUSY: (1, 5, 10, 15, 30, 60, 120, 240, 480, 960),
    Failure.FULL: (15, 60, 240, 480, 720, 1440),
    Failure.REFUSED: (2, 15, 60, 240, 480, 960),
}


def failure_of(code: int, text: str) -> Failure:
    """What a 4xx answer says; an enhanced status code (RFC 3463) says more than the code."""
    enhanced = text.split(" ", 1)[0]
    if enhanced in {"4.2.2", "4.3.1"} or (code == 452 and not enhanced.startswith("4.5")):
        return Failure.FULL
    return Failure.BUSY


def longest(failure: Failure, unit: float) -> float:
    """Seconds between the last two tries."""
    return _SCHEDULES[failure][-1] * unit


def wait(failure: Failure, attempts: int, unit: float, chance: Random) -> float | None:
    """Seconds until the next try after `attempts` (1 is the first); None when it is time to give up.

    Half of each wait is by chance, so that mails that were put off together don't come back together.
    """
    schedule = _SCHEDULES[failure]
    if attempts > len(schedule):
        return None
    return schedule[attempts - 1] * unit * chance.uniform(0.75, 1.25)
