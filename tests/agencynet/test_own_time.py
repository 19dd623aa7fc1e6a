"""The fault suite's budgets are in time that was its own."""

import pytest

from agencynet.faults.own_time import pace


@pytest.mark.parametrize(
    ("processors", "ours", "everybodys", "expected"),
    [(2, 2, 2, 1.0), (2, 8, 8, 1.0), (2, 0, 1, 1.0), (2, 1, 20, 0.1), (2, 10, 20, 0.5), (2, 1, 900, 0.02)],
)
def test_time_passes_as_fast_as_a_thread_of_ours_gets_on_beside_others(
    processors: int, ours: int, everybodys: int, expected: float
) -> None:
    assert pace(processors, ours, everybodys) == expected
