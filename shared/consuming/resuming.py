"""Where a reader goes on in a partition, and whether something has been lost there. Pure."""

from typing import Literal, NamedTuple

from shared.kafka.partitions import Log

Break = Literal["unreadable", "gap", "went_back", "remade"]


class Cursor(NamedTuple):
    """How far a service has come in a partition, of which topic, and under which leader it knew that."""

    next: int
    topic_id: str = ""
    """Empty in cursors of before topics' ids were kept."""
    epoch: int = -1
    sure: int = 0
    """What lies before was there while its leader's epoch was `epoch`."""


class Lost(NamedTuple):
    """Offsets from `first` on, up to `next`, that are not what they were."""

    kind: Break
    first: int
    next: int


class Resumption(NamedTuple):
    start: int
    lost: tuple[Lost, ...] = ()


def resume(cursor: Cursor | None, log: Log, first: int, epoch_end: int) -> Resumption:
    """Where to read on. `first` is the first offset that Kafka has still; `epoch_end` is where the records of
    the cursor's epoch end in the log now, -1 where nobody knows.

    In doubt it is earlier rather than later: what is read twice does no harm.
    """
    if cursor is None:
        return Resumption(first)
    if cursor.topic_id and cursor.topic_id != log.topic_id:
        return Resumption(first, (Lost("remade", first, max(first, cursor.next)),))
    lost: list[Lost] = []
    start = cursor.next
    if cursor.epoch >= 0 and epoch_end >= 0:
        if epoch_end < start:
            start = epoch_end
            # Between the two a leader may only have changed.
            if epoch_end < cursor.sure:
                lost.append(Lost("went_back", epoch_end, max(cursor.sure, cursor.next)))
    elif start > log.end:
        lost.append(Lost("went_back", log.end, start))
        start = first
    if start < first:
        lost.append(Lost("gap", start, first))
        start = first
    return Resumption(start, tuple(lost))
