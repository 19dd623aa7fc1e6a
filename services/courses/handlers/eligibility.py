"""Why can't I book?"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.courses import refusals, store
from services.courses.handlers import courses
from services.courses.handlers.enrolments import parts_elsewhere
from services.courses.models.documents import Occasion, day_of
from services.courses.models.people import Employee
from services.courses.rules import eligibility
from services.courses.rules.eligibility import Reason
from shared.auth import Caller
from shared.mongo import Database
from shared.refusals import NoSuchPerson

_MOST = 100


@dataclass(frozen=True, slots=True)
class Standing:
    reasons: list[Reason]
    would_get: Literal["enrolled", "waiting"] | None


async def agency_names(db: Database) -> dict[str, str]:
    return await store.people.agency_names(db)


async def look_up(db: Database, caller: Caller, occasion_id: str, person_id: str, now: datetime) -> Standing:
    """
    Raises:
        NotFound: no such occasion, or no such person whom the caller may ask about.

    """
    occasion = await store.occasions.find(db, occasion_id)
    if occasion is None:
        raise refusals.NoSuchOccasion
    person = await _person(db, caller, person_id)
    return await _standing(db, occasion, person, now)


async def look_up_coming(
    db: Database, caller: Caller, course_id: str, person_id: str, now: datetime
) -> dict[str, Standing]:
    """By occasion: the next hundred of the course, from today on. Raises as `look_up` does."""
    await courses.find(db, course_id)
    person = await _person(db, caller, person_id)
    coming = await store.occasions.listed(db, course_id, day_of(now), offset=0, limit=_MOST)
    found = await asyncio.gather(*(_standing(db, occasion, person, now) for occasion in coming))
    return {occasion.id: standing for occasion, standing in zip(coming, found, strict=True)}


async def _person(db: Database, caller: Caller, person_id: str) -> Employee:
    person = await store.people.find(db, person_id)
    if person is None or not caller.acts_for(person.agency, person_id):
        raise NoSuchPerson("There is no such person at your agency.")
    return person


async def _standing(db: Database, occasion: Occasion, person: Employee, now: datetime) -> Standing:
    current = await store.enrolments.find(db, occasion.id, person.id)
    waits = current is not None and current.state == "waiting"
    place = await store.enrolments.place(db, current) if current and waits else 0
    elsewhere = await parts_elsewhere(db, occasion, [person.id], now)
    reasons = eligibility.reasons(occasion, person, now, current, place, elsewhere.get(person.id))
    return Standing(reasons, eligibility.would_get(reasons))
