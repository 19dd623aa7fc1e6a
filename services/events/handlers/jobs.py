"""What goes on after a transaction. Each job may be done twice or stop half-way without harm."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from services.events.handlers import inviting
from services.events.handlers.desk import AT_ONCE, Cause, Step
from services.events.handlers.inviting import local_day
from services.events.handlers.leaving import Bench, forget_calendars, has_part_in, leave_meeting
from services.events.handlers.people import open_for_late
from services.events.models.documents import participant_id
from services.events.store import meetings, participants, people
from shared import due

_INVITING = timedelta(seconds=1)
_SWEEP = timedelta(hours=6)


async def _invite(bench: Bench, job: due.Row) -> None:
    await _book(bench, job, inviting.invite(_people(job), _cause(bench, job), late=False))


async def _notify(bench: Bench, job: due.Row) -> None:
    step = inviting.tell_changes(_cause(bench, job))
    while await _book(bench, job, step):
        await bench.moved()


async def _promote(bench: Bench, job: due.Row) -> None:
    step = inviting.serve_line(_cause(bench, job))
    while await _book(bench, job, step):
        await bench.moved()


async def _sweep(bench: Bench, job: due.Row) -> datetime | None:
    """Invite whom the audience has come to reach: of the job's people, by a change that has just come in; of
    all, by a role that is in force from today, or by a change that came in just as the list was frozen.
    """
    meeting = await meetings.get(bench.db, _meeting_id(job))
    if meeting is None or not open_for_late(meeting, bench.now):
        return None
    if await due.pending(bench.db, job.subject, "invite"):
        return bench.now + _INVITING
    day = local_day(meeting, bench.now)
    reached = await people.ids(bench.db, meeting.audience, day, among=_people(job))
    for start in range(0, len(reached), AT_ONCE):
        rows = {participant_id(meeting.id, id_): id_ for id_ in reached[start : start + AT_ONCE]}
        known = await participants.known_among(bench.db, list(rows))
        late = tuple(id_ for row, id_ in rows.items() if row not in known)
        if late:
            await _book(bench, job, inviting.invite(late, _cause(bench, job), late=True))
            await bench.moved()
    return None if _people(job) else bench.now + _SWEEP


async def _leave(bench: Bench, job: due.Row) -> None:
    """A job for each meeting, so that one that fails keeps nobody's seat in another."""
    person_id = job.subject.partition("/")[2]
    if await _is_here(bench, person_id):
        return
    await forget_calendars(bench, person_id)
    rows = [
        due.Row(
            f"leave/{person_id}/{meeting_id}",
            "leave meeting",
            f"meeting/{meeting_id}",
            bench.now,
            {"person": person_id},
            job.cause,
        )
        for meeting_id in await has_part_in(bench, person_id)
    ]
    await bench.mongo.transact(lambda tx: due.schedule(tx, rows))


async def _leave_meeting(bench: Bench, job: due.Row) -> None:
    person_id = job.data["person"]
    if not await _is_here(bench, person_id):
        await leave_meeting(bench, _meeting_id(job), person_id, job.cause)


async def _is_here(bench: Bench, person_id: str) -> bool:
    person = (await people.load(bench.db, [person_id])).get(person_id)
    return person is not None and person.status == "active"


async def _book(bench: Bench, job: due.Row, step: Step) -> bool:
    return (await bench.meetings.book(_meeting_id(job), step)).more


def _cause(bench: Bench, job: due.Row) -> Cause:
    return Cause(bench.now, job.cause)


def _meeting_id(job: due.Row) -> str:
    return job.subject.partition("/")[2]


def _people(job: due.Row) -> tuple[str, ...]:
    return tuple(job.data["people"])


JOBS: Mapping[str, Callable[[Bench, due.Row], Awaitable[datetime | None]]] = {
    "invite": _invite,
    "notify": _notify,
    "promote": _promote,
    "sweep": _sweep,
    "leave": _leave,
    "leave meeting": _leave_meeting,
}
