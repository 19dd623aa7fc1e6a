"""Why can't I book?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.courses import store
from services.courses.handlers.enrolments import no_such_occasion
from services.courses.rules import eligibility
from services.courses.rules.eligibility import Reason
from shared.auth import Caller
from shared.errors import NotFound
from shared.mongo import Database


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
        raise no_such_occasion()
    person = await store.people.find(db, person_id)
    if person is None or not caller.acts_for(person.agency, person_id):
        raise NotFound("There is no such person at your agency.")
    current = await store.enrolments.find(db, occasion_id, person_id)
    waits = current is not None and current.state == "waiting"
    place = await store.enrolments.place(db, current) if current and waits else 0
    reasons = eligibility.reasons(occasion, person, now, current, place)
    return Standing(reasons, eligibility.would_get(reasons))
