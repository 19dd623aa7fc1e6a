"""A staff record on its way in, whichever door it came by."""

from typing import Any, NamedTuple

from shared.contracts.envelope import Trace
from shared.contracts.staff import StaffRecord
from shared.parking import Record


class Submission(NamedTuple):
    """A record and what caused it; `sent` is how Kafka delivered it, where it did."""

    record: StaffRecord
    cause: Trace
    sent: Record | None = None


def as_kept(record: StaffRecord) -> dict[str, Any]:
    return record.model_dump(mode="json", by_alias=True, exclude_defaults=True)
