"""Why somebody can't have a seat just now, and when that changes."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.courses.models.documents import Enrolment, Occasion, day_of
from services.courses.models.people import Employee
from services.courses.rules import tenure
from services.courses.rules.audience import Part, misfits
from services.courses.rules.seats import room

Code = Literal[
    "cancelled",
    "begun",
    "left",
    "already_enrolled",
    "already_waiting",
    "seat_elsewhere",
    "line_elsewhere",
    "audience_agencies",
    "audience_roles",
    "audience_assignments",
    "audience_specialties",
    "audience_places",
    "audience_groups",
    "employment_start_unknown",
    "tenure_too_short",
    "tenure_too_long",
    "quota_used",
    "full",
    "too_late_to_cancel",
]
_AUDIENCE: dict[Part, Code] = {
    "agencies": "audience_agencies",
    "roles": "audience_roles",
    "assignments": "audience_assignments",
    "specialties": "audience_specialties",
    "places": "audience_places",
    "groups": "audience_groups",
}
_WAITING_HELPS: frozenset[Code] = frozenset({"quota_used", "full"})


@dataclass(frozen=True, slots=True)
class Reason:
    """`on` is the day the reason goes away on its own, or went for good; `number` the months, the quota or
    the place in line that it is about; `wanted` what would have been needed.
    """

    code: Code
    on: date | None = None
    number: int | None = None
    wanted: tuple[str, ...] = ()
    place_in_line: int | None = None


def reasons(
    occasion: Occasion,
    person: Employee,
    now: datetime,
    current: Enrolment | None = None,
    place: int = 0,
    elsewhere: Reason | None = None,
) -> list[Reason]:
    """Every reason at once; none means that a seat is to be had. `place` is where the person waits now."""
    found = standing(occasion, person, now, elsewhere)
    if current and current.state == "enrolled":
        return [*found, Reason("already_enrolled")]
    if current and current.state == "waiting":
        return [*found, Reason("already_waiting", number=place)]
    seat = _seat(occasion, person.agency, now)
    # The line is no way in for somebody whom something else keeps out.
    return [*found, *(replace(reason, place_in_line=None) if found else reason for reason in seat)]


def would_get(found: list[Reason]) -> Literal["enrolled", "waiting"] | None:
    """What asking for a seat would lead to."""
    if not found:
        return "enrolled"
    return "waiting" if all(reason.code in _WAITING_HELPS for reason in found) else None


def elsewhere(part: Enrolment, other: Occasion) -> Reason:
    """A person has one seat or one place in line per course: this is the one they have."""
    return Reason("seat_elsewhere" if part.state == "enrolled" else "line_elsewhere", on=other.first_day)


def standing(
    occasion: Occasion, person: Employee, now: datetime, elsewhere: Reason | None = None
) -> list[Reason]:
    """What keeps the person out whether there are seats or not. `elsewhere` is their part in another
    occasion of the course.
    """
    found: list[Reason] = []
    if occasion.cancelled:
        found.append(Reason("cancelled"))
    if occasion.begun(now):
        found.append(Reason("begun", on=occasion.first_day))
    if person.status == "left":
        found.append(Reason("left"))
    if elsewhere:
        found.append(elsewhere)
    today = day_of(now)
    outside = [
        Reason(_AUDIENCE[part], wanted=tuple(getattr(occasion.audience, part)))
        for part in misfits(occasion.audience, person, today)
    ]
    return [*found, *outside, *_tenure(occasion, person, today)]


def _tenure(occasion: Occasion, person: Employee, today: date) -> list[Reason]:
    """Long enough by the first day, and not yet too long when booking: who is new when they book may come."""
    shortest, longest = occasion.min_months, occasion.max_months
    if shortest is None and longest is None:
        return []
    if person.employed_from is None:
        return [Reason("employment_start_unknown")]
    fits_from = tenure.fits_from(person.employed_from, shortest)
    fits_until = tenure.fits_until(person.employed_from, longest)
    if fits_from > occasion.first_day:
        return [Reason("tenure_too_short", on=fits_from, number=shortest or 0)]
    if today > fits_until:
        return [Reason("tenure_too_long", on=fits_until, number=longest)]
    return []


def _seat(occasion: Occasion, agency: str, now: datetime) -> list[Reason]:
    seats = room(occasion, now)
    if seats.has_seat_for(agency):
        return []
    last = occasion.waiting + 1
    if seats.is_full:
        return [Reason("full", place_in_line=last)]
    opens = day_of(occasion.quotas_open_at) if occasion.quotas_open_at else None
    return [Reason("quota_used", on=opens, number=occasion.quotas.get(agency, 0), place_in_line=last)]
