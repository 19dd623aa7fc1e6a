"""What came of an input, for a caller to store, announce and notify."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.seats.models import Holding, Seating

Way = Literal["asked", "accepted", "promoted", "given", "named", "swapped"]

Refusal = Literal[
    "not_held",
    "not_open_yet",
    "closed",
    "full",
    "kept_for_others",
    "others_wait",
    "reason_missing",
    "has_nothing",
    "has_seat_already",
    "not_in_line",
    "no_such_place",
    "no_such_block",
    "no_unnamed_seat",
    "other_agency",
    "day_is_past",
    "fewer_than_taken",
    "more_than_seats",
]


@dataclass(frozen=True, slots=True)
class Seated:
    id: str
    way: Way
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """`place` counts from 1."""

    id: str
    place: int


@dataclass(frozen=True, slots=True)
class Offered:
    id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The offer was not accepted in time. They have left the line, and may ask again."""

    id: str


@dataclass(frozen=True, slots=True)
class Released:
    """They have nothing any more; `had` is what they had."""

    id: str
    had: Holding


@dataclass(frozen=True, slots=True)
class Moved:
    id: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reserved:
    block: str
    seats: int


@dataclass(frozen=True, slots=True)
class Returned:
    """Unnamed seats of a block are free for others."""

    block: str
    seats: int


@dataclass(frozen=True, slots=True)
class QuotaOpened:
    agency: str


Fact = Seated | Queued | Offered | Lapsed | Released | Moved | Reserved | Returned | QuotaOpened


@dataclass(frozen=True, slots=True)
class Outcome:
    """The next state and what happened, in order. What was due happens even where the input is refused."""

    seating: Seating
    facts: tuple[Fact, ...] = ()
    refusal: Refusal | None = None

    def then(self, later: "Outcome") -> "Outcome":
        return Outcome(later.seating, self.facts + later.facts, later.refusal)
