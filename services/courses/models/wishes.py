"""What people ask of an occasion."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.envelope import Trace


@dataclass(frozen=True, slots=True)
class Wish:
    """`enrol` may be asked by an agency's system or coordinator for the agency's own people, and by people
    for themselves; who asks has been checked before.
    """

    what: Literal["enrol", "cancel"]
    person_id: str
    agency: str
    trace: Trace
