"""What events keeps of people."""

from datetime import date
from typing import Literal

from shared.contracts.types import Address, Held, OptionalText, Slug, State


class Colleague(State):
    """Whom a meeting may be for, what they are called, and whether a calendar part can reach them."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    display_name: str
    title: OptionalText = ""
    email: Address | None = None
    reach_at: Address | None = None
    roles: tuple[Held, ...] = ()
    assignments: tuple[Held, ...] = ()
    roles_turned_on: date | None = None
    specialties: tuple[str, ...] = ()
    place: OptionalText = ""
    groups: tuple[str, ...] = ()

    @property
    def mail_address(self) -> str | None:
        return self.email or self.reach_at

    def role_codes(self, day: date) -> set[str]:
        """Roles and assignments in force on `day`."""
        return {held.code for held in (*self.roles, *self.assignments) if held.on(day)}
