"""What goes on after a transaction. Each job may be done twice or stop half-way without harm."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.events.handlers.desk import AT_ONCE
from services.events.handlers.leaving import Bench, leave_everything
from services.events.handlers.people import open_for_late
from services.events.handlers.settling import local_day
from services.events.handlers.steps import Invite, Promote, Step, TellChanges
from services.events.models.documents import Job, participant_id
from services.events.store import jobs, meetings, participants, people
from shared.contracts.envelope import Trace

_INVITING = timedelta(seconds=1)
_SWEEP = timedelta(hours=6)


async def run(bench: Bench, job: Job) -> datetime | None:
    """Do it; tells when it is to be done again, if ever."""
    return await _JOBS[job.kind](bench, job)


async def _invite(bench: Bench, job: Job) -> None:
    await _book(bench, job, Invite(invited=job.people, late=False, at=bench.now, trace=_trace(job)))


async def _notify(bench: Bench, job: Job) -> None:
    step = TellChanges(at=bench.now, trace=_trace(job))
    while await _book(bench, job, step):
        pass


async def _promote(bench: Bench, job: Job) -> None:
    step = Promote(at=bench.now, trace=_trace(job))
    while await _book(bench, job, step):
        pass


async def _sweep(bench: Bench, job: Job) -> datetime | None:
    """Invite whom the audience has come to reach: of the job's people, by a change that has just come in; of
    all, by a role that is in force from today, or by a change that came in just as the list was frozen.
    """
    meeting = await meetings.get(bench.db, job.meeting_id or "")
    if meeting is None or not open_for_late(meeting, bench.now):
        return None
    if await jobs.pending(bench.db, meeting.id, "invite"):
        return bench.now + _INVITING
    day = local_day(meeting, bench.now)
    reached = await people.ids(bench.db, meeting.audience, day, among=job.people)
    for start in range(0, len(reached), AT_ONCE):
        rows = {participant_id(meeting.id, id_): id_ for id_ in reached[start : start + AT_ONCE]}
        known = await participants.known_among(bench.db, list(rows))
        late = tuple(id_ for row, id_ in rows.items() if row not in known)
        if late:
            await _book(bench, job, Invite(invited=late, late=True, at=bench.now, trace=_trace(job)))
    return None if job.people else bench.now + _SWEEP


async def _leave(bench: Bench, job: Job) -> None:
    failures: list[Exception] = []
    for person_id in job.people:
        person = (await people.load(bench.db, [person_id])).get(person_id)
        if not person or person.status != "active":
            failures += await leave_everything(bench, person_id, _trace(job))
    if failures:
        # The job comes again for the meetings that failed; the others are done.
        raise failures[0]


async def _book(bench: Bench, job: Job, step: Step) -> bool:
    return (await bench.meetings.book(job.meeting_id or "", step)).more


def _trace(job: Job) -> Trace:
    return Trace(job.correlation, job.parent)


_JOBS: dict[str, Callable[[Bench, Job], Awaitable[datetime | None]]] = {
    "invite": _invite,
    "notify": _notify,
    "promote": _promote,
    "sweep": _sweep,
    "leave": _leave,
}
