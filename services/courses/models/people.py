"""What courses keeps of people."""

from datetime import date
from typing import Literal

from shared.contracts.types import Held, OptionalText, Slug, State


class Employee(State):
    """Whom a course may be for, and for how long they have been employed. Not what they are called."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    employed_from: date | None = None
    roles: tuple[Held, ...] = ()
    assignments: tuple[Held, ...] = ()
    roles_turned_on: date | None = None
    specialties: tuple[str, ...] = ()
    place: OptionalText = ""
    groups: tuple[str, ...] = ()
