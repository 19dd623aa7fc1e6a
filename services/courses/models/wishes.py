"""What people ask of an occasion, and what they have heard of a course."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Recommended:
    """The last time that a person heard of a course: of which occasion, and which there were to choose from.
    One from before this was kept has neither.
    """

    person_id: str
    at: datetime
    occasion_id: str = ""
    known: tuple[str, ...] = ()
    times: int = 1
