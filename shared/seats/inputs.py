"""What is asked of a seating, as data. The same inputs in the same order always give the same result.

`at` is when it was asked for. `id` is whoever the claim is for: a person, or a pseudonym.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.seats.models import Rank, Terms


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants a seat. An offer is accepted by asking. `rank` says where they stand if they must wait;
    without it they stand last.
    """

    id: str
    agency: str
    at: datetime
    rank: Rank | None = None
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Release:
    """A seat, an offer or a place in line is given back. Works at any time."""

    id: str
    at: datetime
    kind: Literal["release"] = "release"


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: what is due happens, and free seats go to the line."""

    at: datetime
    kind: Literal["tick"] = "tick"


@dataclass(frozen=True, slots=True)
class Give:
    """The organiser gives somebody a seat by hand, past the line. With `extra` there is one seat more."""

    id: str
    agency: str
    reason: str
    at: datetime
    extra: bool = False
    kind: Literal["give"] = "give"


@dataclass(frozen=True, slots=True)
class Move:
    """The organiser moves somebody in line, to the place `to`, from 1."""

    id: str
    to: int
    reason: str
    at: datetime
    kind: Literal["move"] = "move"


@dataclass(frozen=True, slots=True)
class Reserve:
    """An agency takes seats before it knows for whom. All of them or none."""

    block: str
    agency: str
    seats: int
    until: datetime
    at: datetime
    kind: Literal["reserve"] = "reserve"


@dataclass(frozen=True, slots=True)
class Name:
    """The agency says for whom a seat of its block is."""

    block: str
    id: str
    at: datetime
    kind: Literal["name"] = "name"


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The agency needs fewer of its unnamed seats."""

    block: str
    seats: int
    at: datetime
    kind: Literal["give_back"] = "give_back"


@dataclass(frozen=True, slots=True)
class Swap:
    """A seat passes to a colleague at the same agency; a place in line that the colleague had is free."""

    giver: str
    taker: str
    agency: str
    at: datetime
    kind: Literal["swap"] = "swap"


@dataclass(frozen=True, slots=True)
class Alter:
    """The organiser decides otherwise: more seats, other quotas, other dates."""

    terms: Terms
    at: datetime
    kind: Literal["alter"] = "alter"


@dataclass(frozen=True, slots=True)
class CallOff:
    """It is not held: nobody has anything any more."""

    at: datetime
    kind: Literal["call_off"] = "call_off"


Input = Ask | Release | Tick | Give | Move | Reserve | Name | GiveBack | Swap | Alter | CallOff
