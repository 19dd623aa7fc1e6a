"""The fault suite's budgets are in time that was its own."""

import pytest

from agencynet.faults.own_time import _share


@pytest.mark.parametrize(
    ("busy", "idle", "ours", "share"),
    [
        (100, 0, 100, 1.0),
        (100, 0, 25, 0.25),
        (100, 50, 25, 1.0),
        (100, 1, 0, 0.15),
        (0, 0, 0, 1.0),
        (100, 0, 120, 1.0),
    ],
)
def test_time_passes_as_much_as_the_machine_works_for_us_unless_it_idles(
    busy: int, idle: int, ours: int, share: float
) -> None:
    assert _share(busy, idle, ours) == share
