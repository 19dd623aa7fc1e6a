"""What the intake keeps beside people: leaves that wait for a decision, and how many left lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Door = Literal["kafka", "http", "scim", "file"]
MassLeaveState = Literal["open", "releasing", "released", "refusing", "refused", "taken_back"]


@dataclass(frozen=True, slots=True)
class MassLeave:
    """So many leave at once that nobody of them leaves until their coordinator decides."""

    id: str
    agency: str
    state: MassLeaveState
    opened_at: datetime
    active: int
    """How many worked there then."""
    left_before: int
    """How many had left in the hour before."""
    held: int
    """How many wait now."""
    told: bool = False
    decided_at: datetime | None = None
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class HeldLeave:
    """A record by which somebody leaves, kept until the coordinator decides; `id` is the person's."""

    id: str
    agency: str
    mass_leave: str
    state: Literal["held", "apart", "refused"]
    employee_id: str
    version: int
    at: datetime
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As it came; left out where it is only listed."""
    cause: Sequence[Any] = ()
    door: Door | None = None
    """None where it was kept before doors were told apart."""
    facts: bool = False
    """It is only what a refused record said about safety."""
    sent: Sequence[Any] | None = None
    """How Kafka delivered it, where it did."""

    def is_of(self, door: Door) -> bool:
        return self.door in {None, door}


@dataclass(frozen=True, slots=True)
class Left:
    """How many left in the minute that begins `at`."""

    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Window:
    """An agency's last hour, and the mass leave that is open there."""

    minutes: tuple[Left, ...] = ()
    mass_leave: str | None = None
