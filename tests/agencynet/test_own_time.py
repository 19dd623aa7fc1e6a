"""The fault suite's budgets are in time that was its own."""

import pytest

from tests.faults.own_time import Use, pace, speed


@pytest.mark.parametrize(
    ("used", "expected", "why"),
    [
        (Use(ran=0.2), 1.0, "a machine of our own"),
        (Use(ran=2.0, waited=9.0, busy=2.0), 1.0, "we only waited for each other"),
        (Use(ran=0.5, waited=0.0, busy=2.0), 1.0, "others worked beside us"),
        (Use(ran=1.0, waited=1.0, busy=2.0), 0.5, "others had half of what we could use"),
        (Use(ran=1.0, waited=9.0, busy=2.0), 0.5, "the same, and we waited for each other too"),
        (Use(ran=1.9, waited=9.0, busy=2.0), 0.95, "they are served after us"),
        (Use(ran=0.1, waited=0.1, busy=2.0), 0.9, "a little that waited a little"),
        (Use(ran=0.5, waited=0.5, busy=2.0), 0.5, "one thread that got every second moment"),
        (Use(ran=0.0, waited=1.0, busy=2.0), 0.0, "nothing was ours"),
        (Use(ran=1.0, busy=1.0, stolen=0.5), 0.5 / 1.5 + 0.5 / 1.5, "the host took from us"),
    ],
)
def test_time_that_others_took_does_not_count(used: Use, expected: float, why: str) -> None:
    assert pace(1.0, used) == pytest.approx(expected), why


def test_a_slow_processor_slows_the_clock_and_a_fast_one_does_not_hurry_it() -> None:
    assert [speed(bare) for bare in (0.002, 0.001, 0.0005)] == [0.5, 1.0, 1.0]
