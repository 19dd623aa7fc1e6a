"""Seats and places in line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.courses import refusals, store
from services.courses.handlers import recommendations
from services.courses.handlers.permissions import person_for
from services.courses.models.documents import Enrolment, Occasion, day_of
from services.courses.models.people import Employee
from services.courses.models.wishes import Wish
from services.courses.rules.bookings import Desk, Told, line_needed
from services.courses.rules.eligibility import Reason, elsewhere
from services.courses.rules.recommendations import ran_out
from shared.auth import Caller
from shared.contracts.envelope import Trace
from shared.contracts.notify import CourseNotice, Request
from shared.contracts.topics import COURSES_ENROLMENTS, COURSES_OCCASIONS
from shared.errors import Refused
from shared.mongo import Database, Transaction
from shared.publishing import outbox
from shared.refusals import NoSuchPerson


class NotNow(refusals.EnrolmentIsNotPossible):
    """`reasons` say why, for the API to put into words."""

    def __init__(self, reasons: Sequence[Reason], occasion: Occasion) -> None:
        codes = ",".join(reason.code for reason in reasons)
        super().__init__(codes, reasons=codes)
        self.reasons = tuple(reasons)
        self.occasion = occasion


@dataclass(frozen=True, slots=True)
class Booked:
    """An enrolment after a wish was settled; `changed` is False where it was so before, and then its place
    in line is still to be looked up.
    """

    enrolment: Enrolment
    changed: bool
    place: int | None = None


async def settle(
    tx: Transaction, occasion_id: str, wishes: Sequence[Wish], now: datetime
) -> list[Booked | Refused]:
    """Everybody's wishes about one occasion, in the order they came; one answer each."""
    occasion = await store.occasions.load(tx, occasion_id)
    if occasion is None:
        return [refusals.NoSuchOccasion() for _ in wishes]
    wanted = {wish.person_id for wish in wishes}
    with_line = line_needed(occasion, now) or any(wish.what == "cancel" for wish in wishes)
    known = await store.enrolments.load(tx, occasion_id, wanted, with_line=with_line)
    people = await store.people.load(tx, (wish.person_id for wish in wishes if wish.what == "enrol"))
    desk = Desk(occasion, known, now, await parts_elsewhere(tx, occasion, people, now))
    answers = [_answer(desk, wish, people) for wish in wishes]
    # The fence holds for two occasions of one course as well: each transaction reads what the other writes.
    await store.people.fence(tx, people, now)
    await keep(tx, desk, {wish.person_id: wish.trace for wish in wishes})
    if ran_out(occasion, desk.occasion, now):
        await recommendations.start_over(tx, occasion.course_id, now)
    return answers


async def parts_elsewhere(
    source: Database | Transaction, occasion: Occasion, people: Collection[str], now: datetime
) -> dict[str, Reason]:
    """By person: the seat or place in line in another occasion of the course that is not over."""
    if not people:
        return {}
    parts = await store.enrolments.elsewhere(source, occasion.course_id, occasion.id, people)
    if not parts:
        return {}
    db = source.db if isinstance(source, Transaction) else source
    others = await store.occasions.many(db, {part.occasion_id for part in parts})
    return {
        part.person_id: elsewhere(part, other)
        for part in sorted(parts, key=lambda part: (part.state == "enrolled", part.id))
        if (other := others.get(part.occasion_id)) and not other.over(now)
    }


def _answer(desk: Desk, wish: Wish, people: Mapping[str, Employee]) -> Booked | Refused:
    before = desk.of(wish.person_id)
    if wish.what == "enrol":
        person = people.get(wish.person_id)
        if person is None or person.agency != wish.agency:
            return NoSuchPerson("There is no such person at your agency.")
        result = desk.enrol(person)
    else:
        if before is None or before.agency != wish.agency:
            return refusals.NoSuchEnrolment()
        result = desk.cancel(before)
    if isinstance(result, list):
        return NotNow(result, desk.occasion)
    joined = result != before and result.state == "waiting"
    return Booked(result, changed=result != before, place=desk.occasion.waiting if joined else None)


async def keep(tx: Transaction, desk: Desk, causes: Mapping[str, Trace], cause: Trace | None = None) -> None:
    """Save what happened at the desk, announce it, and have those told whom it concerns. What happens to
    somebody by another's doing has `cause`, or else the current trace.
    """
    if desk.written:
        occasion = desk.occasion.model_copy(update={"version": desk.occasion.version + 1})
        await store.occasions.save(tx, occasion)
        if desk.announced:
            outbox.announce(tx, COURSES_OCCASIONS, occasion.published(), cause)
    await store.enrolments.save(tx, desk.changed)
    for enrolment in desk.changed:
        outbox.announce(tx, COURSES_ENROLMENTS, enrolment.published(), causes.get(enrolment.person_id, cause))
    for told in desk.told:
        outbox.request(tx, _request(desk.occasion, told), causes.get(told.enrolment.person_id, cause))


def _request(occasion: Occasion, told: Told) -> Request:
    notice = CourseNotice(
        course_id=occasion.course_id,
        title_sv=occasion.title,
        title_en=occasion.title_en,
        days=occasion.days,
        place=occasion.place,
        place_in_line=told.place_in_line,
        cancel_until=occasion.cancel_until,
    )
    return Request(
        person_id=told.enrolment.person_id,
        kind=told.kind,
        subject=f"occasion/{occasion.id}",
        subject_version=told.enrolment.version,
        data=notice.model_dump(mode="json", exclude_none=True),
        not_after=occasion.starts_at,
    )


async def open_quotas(tx: Transaction, occasion_id: str, now: datetime) -> bool:
    """The quotas' time has come: their free seats go to the line, and then to all. Done twice, it changes
    nothing.
    """
    occasion = await store.occasions.load(tx, occasion_id)
    if occasion is None or not line_needed(occasion, now):
        return False
    desk = Desk(occasion, await store.enrolments.load(tx, occasion_id, (), with_line=True), now)
    await keep(tx, desk, {})
    return True


async def find(db: Database, caller: Caller, occasion_id: str, person_id: str) -> Enrolment:
    """
    Raises:
        NotFound: there is none that the caller may see.

    """
    found = await store.enrolments.find(db, occasion_id, person_id)
    if found is None or not caller.acts_for(found.agency, person_id):
        raise refusals.NoSuchEnrolment
    return found


async def listed(db: Database, caller: Caller, occasion_id: str, offset: int, limit: int) -> list[Enrolment]:
    """The caller's agency's, or their own."""
    person = person_for(caller)
    return await store.enrolments.listed(db, occasion_id, caller.agency, person, offset=offset, limit=limit)


async def coming(
    db: Database, caller: Caller, person_id: str, now: datetime
) -> list[tuple[Enrolment, Occasion]]:
    """What this person has a part in that is not over, the next first. Nothing of somebody whom the caller
    does not act for.
    """
    if not caller.acts_for(caller.agency, person_id):
        return []
    found = await store.enrolments.coming(db, caller.agency, person_id, day_of(now))
    occasions = await store.occasions.many(db, {one.occasion_id for one in found})
    return [(one, occasions[one.occasion_id]) for one in found if one.occasion_id in occasions]


async def places(db: Database, enrolments: Sequence[Enrolment]) -> dict[str, int]:
    """Places in line by enrolment, where these, all of one occasion, hold any who wait."""
    waiting = [enrolment for enrolment in enrolments if enrolment.state == "waiting"]
    line = await store.enrolments.line(db, waiting[0].occasion_id) if waiting else []
    return {id_: place for place, id_ in enumerate(line, start=1)}


async def place(db: Database, enrolment: Enrolment) -> int | None:
    return await store.enrolments.place(db, enrolment) if enrolment.state == "waiting" else None
