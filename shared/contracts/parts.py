"""Parts of a person as the directory announces them, for services' copies: which keep what they need."""

from datetime import date
from typing import Literal

from shared.contracts.types import Address, Held, OptionalText, Slug, State


class Affiliation(State):
    """What the rules of an audience ask of a person."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    roles: tuple[Held, ...] = ()
    assignments: tuple[Held, ...] = ()
    specialties: tuple[str, ...] = ()
    place: OptionalText = ""
    groups: tuple[str, ...] = ()
    roles_turned_on: date | None = None


class Reachable(State):
    """Where the network's mails to a person go."""

    email: Address | None = None
    reach_at: Address | None = None

    @property
    def mail_address(self) -> str | None:
        return self.email or self.reach_at
