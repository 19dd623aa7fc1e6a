"""Whom a rule reaches."""

from datetime import date

from services.events.models.people import Colleague
from shared.contracts.events import Audience


def is_empty(audience: Audience) -> bool:
    """An empty rule reaches nobody: reaching everybody must be said, not forgotten."""
    return not any(audience.model_dump().values())


def reaches(audience: Audience, person: Colleague, day: date) -> bool:
    """Any of each list, all lists that are not empty; roles and assignments as they are in force on `day`.

    Must agree with `store.people.query`.
    """
    if person.status != "active" or is_empty(audience):
        return False
    assignments = {held.code for held in person.assignments if held.on(day)}
    return (
        _any(audience.roles, person.role_codes(day))
        and _any(audience.assignments, assignments)
        and _any(audience.specialties, set(person.specialties))
        and _any(audience.agencies, {person.agency})
        and _any(audience.places, {person.place})
        and _any(audience.groups, set(person.groups))
    )


def _any(wanted: tuple[str, ...], has: set[str]) -> bool:
    return not wanted or not has.isdisjoint(wanted)
