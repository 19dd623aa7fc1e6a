"""Where a reader goes on, in a table."""

import pytest

from shared.consuming.resuming import Cursor, Lost, Resumption, resume
from shared.kafka.partitions import Log

SAME = Log("a", 7, 100)


@pytest.mark.parametrize(
    ("cursor", "log", "first", "epoch_end", "expected"),
    [
        pytest.param(None, SAME, 5, -1, Resumption(5), id="never read: from the first"),
        pytest.param(Cursor(50, "a", 7, 50), SAME, 0, 100, Resumption(50), id="as it was left"),
        pytest.param(Cursor(50, "a", 6, 50), SAME, 0, 60, Resumption(50), id="another leader, all there"),
        pytest.param(
            Cursor(50, "a", 6, 40),
            SAME,
            0,
            45,
            Resumption(45),
            id="in doubt, what was read last is read again",
        ),
        pytest.param(
            Cursor(50, "a", 6, 48),
            SAME,
            0,
            45,
            Resumption(45, (Lost("went_back", 45, 50),)),
            id="went back, and has grown past the cursor since",
        ),
        pytest.param(
            Cursor(50, "b", 7, 50),
            SAME,
            0,
            -1,
            Resumption(0, (Lost("remade", 0, 50),)),
            id="made again: from its start, however long it is",
        ),
        pytest.param(
            Cursor(50, "a", 7, 50), SAME, 70, 100, Resumption(70, (Lost("gap", 50, 70),)), id="dropped unread"
        ),
        pytest.param(
            Cursor(50, "a", 6, 50),
            SAME,
            48,
            45,
            Resumption(48, (Lost("went_back", 45, 50), Lost("gap", 45, 48))),
            id="went back, and what is left was dropped",
        ),
        pytest.param(
            Cursor(50), SAME, 0, -1, Resumption(50), id="a cursor of before: believed while it fits"
        ),
        pytest.param(
            Cursor(150),
            SAME,
            3,
            -1,
            Resumption(3, (Lost("went_back", 100, 150),)),
            id="and not beyond the end",
        ),
    ],
)
def test_a_reader_goes_on_where_nothing_is_missed(
    cursor: Cursor | None, log: Log, first: int, epoch_end: int, expected: Resumption
) -> None:
    assert resume(cursor, log, first, epoch_end) == expected
