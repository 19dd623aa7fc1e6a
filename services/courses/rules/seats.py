"""Which agency's people may have a seat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.courses.models.documents import Occasion


@dataclass(frozen=True, slots=True)
class Room:
    """Seats, and for whom they are kept until the quotas open to all."""

    seats: int
    quotas: Mapping[str, int]
    taken: Mapping[str, int]
    open_to_all: bool

    @property
    def spoken_for(self) -> int:
        """Seats that are taken or kept: an agency's people use its own quota first, so what it has beyond
        the quota comes from the unreserved seats.
        """
        if self.open_to_all:
            return sum(self.taken.values())
        agencies = {*self.taken, *self.quotas}
        return sum(max(self.taken.get(agency, 0), self.quotas.get(agency, 0)) for agency in agencies)

    def has_seat_for(self, agency: str) -> bool:
        return self.with_one(agency).spoken_for <= self.seats

    def with_one(self, agency: str, count: int = 1) -> "Room":
        """With `count` more (or fewer) of the agency's people seated."""
        left = self.taken.get(agency, 0) + count
        others = {name: number for name, number in self.taken.items() if name != agency}
        return replace(self, taken={**others, agency: left} if left else others)

    @property
    def is_full(self) -> bool:
        return sum(self.taken.values()) >= self.seats


def room(occasion: Occasion, now: datetime) -> Room:
    """Once opened, quotas stay open, even to a process whose clock is a little behind."""
    opens = occasion.quotas_open_at
    due = opens is not None and now >= opens
    open_to_all = not occasion.quotas or occasion.quotas_opened or due
    return Room(occasion.seats, occasion.quotas, occasion.taken_by_agency, open_to_all)
