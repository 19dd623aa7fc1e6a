"""A staff record on its way in, whichever door it came by."""

from typing import Any, NamedTuple

from services.directory.intake.rules.safety import SafetyFacts
from shared.consuming.parking import Record
from shared.contracts.envelope import Trace
from shared.contracts.staff import StaffRecord


class Submission(NamedTuple):
    """A record and what caused it; `sent` is how Kafka delivered it, where it did. With `facts` it is what
    was known, and what a refused record says about safety.
    """

    record: StaffRecord
    cause: Trace
    sent: Record | None = None
    facts: SafetyFacts | None = None


class Salvaged(NamedTuple):
    """What holds of a record that is refused for `reason`."""

    facts: SafetyFacts
    reason: str
    cause: Trace
    sent: Record | None = None


def as_kept(record: StaffRecord) -> dict[str, Any]:
    return record.model_dump(mode="json", by_alias=True, exclude_defaults=True)
