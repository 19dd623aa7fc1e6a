"""Places where a crash could lose or double something, and a way to crash there on order.

`AGENCYNET_CRASH_AT=relay.produced:3` ends the process that works, as `kill -9` would, when it passes that
point for the third time; `due.claimed@leave/4711:1` counts what is about this row only. The fault suite kills
at every point there is (tests/architecture/test_failpoints.py).
"""

import os
import signal
from typing import Protocol

VARIABLE = "AGENCYNET_CRASH_AT"


class Passing(Protocol):
    def __call__(self, point: str, about: str = "") -> None: ...


def _go_on(point: str, about: str = "") -> None:
    """Nothing is ordered, which costs a call."""


passing: Passing = _go_on


def arm(order: str) -> None:
    """From now on obey this order, or none. Passages before do not count."""
    global passing  # noqa: PLW0603 - a call that does nothing is what costs least
    passing = _armed(order) if order else _go_on


def _armed(order: str) -> Passing:
    where, _, nth = order.partition(":")
    wanted, _, only = where.partition("@")
    left = int(nth or 1)

    def pass_or_die(point: str, about: str = "") -> None:
        nonlocal left
        if point == wanted and only in {"", about}:
            left -= 1
            if left == 0:
                # Not an exit: no handler, no buffer and no other thread gets to put anything in order.
                os.kill(os.getpid(), signal.SIGKILL)

    return pass_or_die


arm(os.environ.get(VARIABLE, ""))
