"""Who is to hear of a course because of how long they have been employed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.courses.models.documents import Course, Occasion, day_of
from services.courses.models.people import Employee
from services.courses.models.wishes import Recommended
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


@dataclass(frozen=True, slots=True)
class Advice:
    """`later`: there is something new, but the person has heard of this course today already."""

    occasion: Occasion | None = None
    later: bool = False


def advice(occasions: Sequence[Occasion], agency: str, before: Recommended | None, now: datetime) -> Advice:
    """What to recommend to somebody at the agency who takes no part in the course. Once told, they hear
    again when that occasion was called off or has no seat left and another has, or when a new one appears.
    """
    if before is None:
        return Advice(next_occasion(occasions, agency, now))
    others = [one for one in occasions if one.id != before.occasion_id and _has_seat(one, agency, now)]
    told_of = next((one for one in occasions if one.id == before.occasion_id), None)
    if told_of and not told_of.begun(now) and not _has_seat(told_of, agency, now):
        return Advice(next_occasion(others, agency, now))
    fresh = next_occasion([one for one in others if one.id not in before.known], agency, now)
    # A host sets up a whole term in one afternoon: that is one more mail, not one for each occasion.
    if fresh and day_of(before.at) == day_of(now):
        return Advice(later=True)
    return Advice(fresh)


def ran_out(before: Occasion, after: Occasion, now: datetime) -> bool:
    """Whether an agency's people could get a seat before and can't now."""
    agencies = {"", *before.quotas, *before.taken_by_agency, *after.taken_by_agency}
    return any(_has_seat(before, agency, now) and not _has_seat(after, agency, now) for agency in agencies)


def _has_seat(occasion: Occasion, agency: str, now: datetime) -> bool:
    return not occasion.cancelled and not occasion.begun(now) and room(occasion, now).has_seat_for(agency)


def next_occasion(occasions: Sequence[Occasion], agency: str, now: datetime) -> Occasion | None:
    """The first to come with a seat for the agency's people, or else the first where one can wait for one."""
    coming = [o for o in occasions if not o.cancelled and not o.begun(now)]
    return min(coming, key=lambda o: (not room(o, now).has_seat_for(agency), o.first_day, o.id), default=None)


def concerns(before: Employee | None, after: Employee) -> bool:
    """Whether a change may make a course fit that did not."""
    if before is None or before.status != after.status:
        return True
    return any(getattr(before, name) != getattr(after, name) for name in _FITTING)
