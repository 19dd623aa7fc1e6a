"""The right course at the right time, by how long somebody has been employed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from services.courses import store
from services.courses.models.documents import Course, Occasion, day_of, start_of
from services.courses.models.people import Employee
from services.courses.models.wishes import Recommended
from services.courses.rules.recommendations import advice, fits, next_occasion
from services.courses.rules.tenure import months_employed, starts_that_fit
from services.courses.store.sweeps import Sweep
from shared import due
from shared.contracts.envelope import Trace
from shared.contracts.notify import CourseNotice, Request
from shared.mongo import Transaction
from shared.publishing import outbox

log = structlog.get_logger()
_PAGE = 500
Outcome = TypeVar("Outcome")


async def start_over(tx: Transaction, course_id: str, now: datetime) -> None:
    """Whom the course fits may have changed, or what there is to recommend."""
    await store.sweeps.save(tx, Sweep(course_id, now))


async def recommend_to(
    tx: Transaction, people: Sequence[Employee], now: datetime, causes: Mapping[str, Trace]
) -> None:
    """Every course that fits any of these people and has an occasion to come."""
    courses = await store.courses.with_tenure_rule(tx)
    occasions = await store.occasions.coming(tx, [course.id for course in courses], day_of(now))
    for course in courses:
        mine = [occasion for occasion in occasions if occasion.course_id == course.id]
        await _recommend(tx, course, mine, people, now=now, causes=causes)


async def sweep(tx: Transaction, course_id: str, now: datetime) -> datetime | None:
    """One page of the search for those whom the course fits since the last search; returns when there is
    more to do. Somebody on whom it fails gets a row of their own, and the search goes on.
    """
    found = await store.sweeps.load(tx, course_id)
    if found is None:
        return None
    if found.next_at > now:
        return found.next_at
    today = day_of(now)
    tomorrow = start_of(today + timedelta(days=1))
    course = await store.courses.load(tx, course_id)
    occasions = await store.occasions.coming(tx, [course_id], today)
    if course is None or not course.has_tenure_rule or next_occasion(occasions, course.agency, now) is None:
        # Without anything to recommend nobody is done with: whoever fits is found when there is.
        await store.sweeps.save(tx, Sweep(course_id, tomorrow))
        return tomorrow
    earliest, latest = starts_that_fit(course.min_months, course.max_months, today, found.done_until)
    people = await store.people.by_start(tx, earliest, latest, found.after, _PAGE)
    again = await _recommend(tx, course, occasions, people, now=now, causes={}, apart=True) or found.again
    if len(people) < _PAGE:
        await store.sweeps.save(tx, Sweep(course_id, tomorrow, done_until=None if again else today))
        return tomorrow
    last = people[-1]
    await store.sweeps.save(tx, replace(found, after=(str(last.employed_from), last.id), again=again))
    return now


async def recommend(tx: Transaction, course_id: str, person_id: str, now: datetime) -> None:
    """The course to somebody on whom the search failed."""
    course = await store.courses.load(tx, course_id)
    person = (await store.people.load(tx, [person_id])).get(person_id)
    if course is None or person is None:
        return
    occasions = await store.occasions.coming(tx, [course_id], day_of(now))
    await _recommend(tx, course, occasions, [person], now=now, causes={})


async def _recommend(
    tx: Transaction,
    course: Course,
    occasions: Sequence[Occasion],
    people: Sequence[Employee],
    *,
    now: datetime,
    causes: Mapping[str, Trace],
    apart: bool = False,
) -> bool:
    """Returns whether somebody is to hear another day. `apart` gives those on whom it fails rows of their
    own; else the error is raised.
    """
    failing: list[str] = []

    def attempt(person: Employee, work: Callable[[], Outcome]) -> Outcome | None:
        try:
            return work()
        except Exception as error:
            if not apart:
                raise
            log.exception("recommendation.failed", course=course.id, error=type(error).__name__)
            failing.append(person.id)
            return None

    fitting = [one for one in people if occasions and attempt(one, partial(fits, course, one, now))]
    ids = [person.id for person in fitting]
    told = await store.sweeps.recommended(tx, course.id, ids) if ids else {}
    taking = await store.enrolments.taking(tx, course.id, ids) if ids else set[str]()
    known = tuple(occasion.id for occasion in occasions)
    made: list[Recommended] = []
    later = False
    for person in fitting:
        if person.id in taking:
            continue
        before = told.get(person.id)
        times = before.times + 1 if before else 1
        found = attempt(person, partial(advice, occasions, person.agency, before, now))
        later = later or bool(found and found.later)
        if found and found.occasion:
            request = attempt(person, partial(_request, found.occasion, person, times, now))
            if request:
                outbox.request(tx, request, causes.get(person.id))
                made.append(Recommended(person.id, now, found.occasion.id, known, times))
    await due.schedule(tx, [_apart(course.id, person_id, now) for person_id in failing])
    await store.sweeps.keep_recommended(tx, course.id, made)
    return later


def _apart(course_id: str, person_id: str, now: datetime) -> due.Row:
    data = {"course": course_id, "person": person_id}
    return due.Row(f"recommend/{course_id}/{person_id}", "recommend", f"person/{person_id}", now, data)


def _request(occasion: Occasion, person: Employee, times: int, now: datetime) -> Request:
    months = months_employed(person.employed_from, day_of(now)) if person.employed_from else None
    notice = CourseNotice(
        course_id=occasion.course_id,
        title_sv=occasion.title,
        title_en=occasion.title_en,
        days=occasion.days,
        place=occasion.place,
        employed_months=months,
        cancel_until=occasion.cancel_until,
    )
    return Request(
        person_id=person.id,
        kind="courses.recommended",
        subject=f"course/{occasion.course_id}",
        subject_version=times,
        data=notice.model_dump(mode="json", exclude_none=True),
        not_after=occasion.starts_at,
    )
