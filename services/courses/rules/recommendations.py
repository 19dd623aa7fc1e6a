"""Who is to hear of a course because of how long they have been employed."""

from collections.abc import Sequence
from datetime import datetime

from services.courses.models.documents import Course, Occasion, day_of
from services.courses.models.people import Employee
from services.courses.rules import tenure
from services.courses.rules.audience import misfits
from services.courses.rules.seats import room

_FITTING = (
    "employed_from",
    "agency",
    "roles",
    "roles_turned_on",
    "assignments",
    "specialties",
    "place",
    "groups",
)


def fits(course: Course, person: Employee, now: datetime) -> bool:
    """Whether the course is meant for the person today."""
    today = day_of(now)
    if not course.has_tenure_rule or person.employed_from is None or person.status != "active":
        return False
    if not tenure.fits(person.employed_from, course.min_months, course.max_months, today):
        return False
    return not misfits(course.audience, person, today)


def next_occasion(occasions: Sequence[Occasion], agency: str, now: datetime) -> Occasion | None:
    """The first to come with a seat for the agency's people, or else the first where one can wait for one."""
    coming = [o for o in occasions if not o.cancelled and not o.begun(now)]
    return min(coming, key=lambda o: (not room(o, now).has_seat_for(agency), o.first_day, o.id), default=None)


def concerns(before: Employee | None, after: Employee) -> bool:
    """Whether a change may make a course fit that did not."""
    if before is None or before.status != after.status:
        return True
    return any(getattr(before, name) != getattr(after, name) for name in _FITTING)
