"""What changes among the staff of the agencies leads to."""

from collections.abc import Sequence
from datetime import datetime

from services.courses import store
from services.courses.handlers.enrolments import keep
from services.courses.handlers.recommendations import recommend_to
from services.courses.models.documents import day_of
from services.courses.rules.bookings import Desk
from services.courses.rules.recommendations import concerns
from shared import failpoints
from shared.consuming.incoming import Incoming
from shared.contracts.directory import Agency, Person
from shared.contracts.envelope import Trace
from shared.contracts.types import Gone
from shared.mongo import Transaction


async def take_agencies(tx: Transaction, batch: Sequence[Incoming[Agency | Gone]]) -> None:
    await store.people.AGENCIES.apply(tx, batch)


async def take_people(tx: Transaction, batch: Sequence[Incoming[Person | Gone]], now: datetime) -> None:
    """Leavers give back their seats; whom a course now fits hears of it. Done again, it changes nothing."""
    changes = await store.people.PEOPLE.apply(tx, batch)
    left = [c for c in changes if c.after is None or c.after.status == "left"]
    # Releasing writes a row of theirs, and Kafka may repeat that somebody is erased who is not here any more.
    gone = {c.id: c.trace for c in left if c.before or not c.erased}
    await release(tx, gone, now)
    here = [c for c in changes if c.after and c.id not in gone and concerns(c.before, c.after)]
    people = [change.after for change in here if change.after]
    if people:
        await recommend_to(tx, people, now, {change.id: change.trace for change in here})


async def release(tx: Transaction, people: dict[str, Trace], now: datetime) -> None:
    """Take those who left, or whom others may no longer see, out of everything to come; the next in line
    get their seats.
    """
    if not people:
        return
    await store.people.fence(tx, people, now)
    enrolments = await store.enrolments.coming_of(tx, people, day_of(now))
    occasion_ids = {enrolment.occasion_id for enrolment in enrolments}
    if not occasion_ids:
        return
    lines = await store.enrolments.lines(tx, occasion_ids)
    for occasion in await store.occasions.load_many(tx, occasion_ids):
        mine = [e for e in enrolments if e.occasion_id == occasion.id]
        line = [e for e in lines if e.occasion_id == occasion.id]
        desk = Desk(occasion, [*mine, *line], now)
        # Those who wait leave first: nobody who leaves is to be given a seat on the way.
        for enrolment in sorted(mine, key=lambda enrolment: enrolment.state != "waiting"):
            desk.cancel(enrolment, leaving=True)
        await keep(tx, desk, people, cause=people[mine[0].person_id])
        failpoints.passing("leaver.seats_given_up")
