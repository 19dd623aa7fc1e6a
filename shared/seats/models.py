"""What the rules know of one meeting or occasion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Rank = tuple[int, str]
"""Where a claim stands in line, lowest first; the text decides between equal numbers."""

Holding = Literal["seated", "offered", "waiting"]


@dataclass(frozen=True, slots=True)
class Quota:
    """Seats kept for one agency. They open to all at `opens_at`, and then stay open whatever a clock says."""

    agency: str
    seats: int
    opens_at: datetime | None = None
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """When people may ask: from `opens_at` until just before `closes_at`. No agencies means everybody."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    agencies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hold:
    """An offer lasts so long while at least `left` remains until offers end."""

    left: timedelta
    lasts: timedelta


HOLDS = (
    Hold(timedelta(days=14), timedelta(days=2)),
    Hold(timedelta(days=3), timedelta(days=1)),
    Hold(timedelta(days=1), timedelta(hours=4)),
    Hold(timedelta(0), timedelta(hours=1)),
)


@dataclass(frozen=True, slots=True)
class Offers:
    """None is made from `until` on, and none outlasts it. `holds` begin with the most time left."""

    until: datetime
    holds: tuple[Hold, ...] = HOLDS


@dataclass(frozen=True, slots=True)
class Terms:
    """What the organiser has decided.

    `seats` is None where there is no limit. Until `seats_until` the first in line gets a free seat without
    being asked; from then on they are offered it, or nothing happens where there are no `offers`. `held` is
    False for a draft and for what is called off: then nobody is given anything.
    """

    seats: int | None = None
    quotas: tuple[Quota, ...] = ()
    windows: tuple[Window, ...] = ()
    seats_until: datetime | None = None
    offers: Offers | None = None
    held: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """What one person has: a seat, an offer that stands until `until`, or a place in line. `block` is the
    block that the seat was named from.
    """

    id: str
    agency: str
    holds: Holding
    rank: Rank | None = None
    until: datetime | None = None
    block: str | None = None

    @property
    def takes_seat(self) -> bool:
        """An offered seat is nobody else's."""
        return self.holds != "waiting"


@dataclass(frozen=True, slots=True)
class Block:
    """Seats of an agency that has yet to say for whom. What has no name at `until` goes back."""

    id: str
    agency: str
    unnamed: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Seating:
    """`taken` counts seats, offers and unnamed seats by agency, `waiting` everybody in line, also those that
    `claims` does not hold: a caller need not load them all.

    `line` are the first in line, in order. `unseen` says that others, who are not loaded, may have a right to
    a free seat. Without it a caller promises that nobody else waits who may have one.
    """

    terms: Terms
    claims: Mapping[str, Claim] = field(default_factory=dict)
    taken: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    last_rank: int = 0
    line: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    blocks: Mapping[str, Block] = field(default_factory=dict)
    unseen: bool = False

    @property
    def taken_in_all(self) -> int:
        return sum(self.taken.values())

    @property
    def free(self) -> int | None:
        """Seats that nobody has; None where there is no limit."""
        return None if self.terms.seats is None else self.terms.seats - self.taken_in_all

    @property
    def is_full(self) -> bool:
        return self.free is not None and self.free <= 0

    @property
    def spoken_for(self) -> int:
        """Seats that are taken or kept. An agency's people use its quota first, so what it has beyond the
        quota comes from the seats that are kept for nobody.
        """
        return self._spoken_for_with("", 0)

    def has_seat_for(self, agency: str, count: int = 1) -> bool:
        """Whether so many more of the agency's people may have a seat, the line aside."""
        return self.terms.seats is None or self._spoken_for_with(agency, count) <= self.terms.seats

    def _spoken_for_with(self, agency: str, count: int) -> int:
        """As if the agency had so many seats more."""
        kept: dict[str, int] = {}
        for quota in self.terms.quotas:
            if not quota.opened:
                kept[quota.agency] = kept.get(quota.agency, 0) + quota.seats
        unused = sum(
            max(0, seats - self.taken.get(slug, 0) - (count if slug == agency else 0))
            for slug, seats in kept.items()
        )
        return self.taken_in_all + count + unused

    @property
    def goes_on_unseen(self) -> bool:
        """The known part of the line is used up, and there are seats for those behind it."""
        return self.unseen and not self.line and not self.is_full
