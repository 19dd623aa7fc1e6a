"""Whom a course is for."""

from datetime import date
from typing import Literal

from services.courses.models.people import Employee
from shared.contracts.events import Audience

Part = Literal["roles", "specialties", "agencies", "places", "groups", "assignments"]


def misfits(audience: Audience, person: Employee, today: date) -> list[Part]:
    """The parts of the rule that leave the person out; none if it reaches them."""
    has: dict[Part, set[str]] = {
        "agencies": {person.agency},
        "roles": {held.code for held in person.roles if held.on(today)},
        "assignments": {held.code for held in person.assignments if held.on(today)},
        "specialties": set(person.specialties),
        "places": {person.place},
        "groups": set(person.groups),
    }
    wanted = {part: set(getattr(audience, part)) for part in has}
    return [part for part in has if wanted[part] and not wanted[part] & has[part]]
