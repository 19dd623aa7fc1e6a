"""What goes on after a transaction. Each job may be done twice or stop half-way without harm."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from services.events.handlers.desk import AT_ONCE
from services.events.handlers.people import open_for_late
from services.events.handlers.settling import Meetings, local_day
from services.events.handlers.steps import HandOver, Invite, Leave, Promote, Step, TellChanges
from services.events.models.documents import Job, participant_id
from services.events.store import calendars, jobs, meetings, participants, people
from shared import failpoints
from shared.contracts.envelope import Trace
from shared.errors import Refused
from shared.mongo import Database

_INVITING = timedelta(seconds=1)
_SWEEP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a job is done with."""

    db: Database
    meetings: Meetings
    now: datetime


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
    """Hand over first, so that the new convenor hears of the empty seat."""
    failures: list[Exception] = []
    for person_id in job.people:
        person = (await people.load(bench.db, [person_id])).get(person_id)
        if person and person.status == "active":
            continue
        await calendars.revoke_all(bench.db, person_id)
        failpoints.passing("leaver.calendars_revoked")
        over = HandOver(leaver_id=person_id, at=bench.now, trace=_trace(job))
        for meeting in await meetings.convened_by(bench.db, [person_id], bench.now):
            failures += await _attempt(bench, meeting.id, over)
            failpoints.passing("leaver.handed_over")
        leave = Leave(person_id=person_id, at=bench.now, trace=_trace(job))
        live = [one.meeting_id for one in await participants.live(bench.db, [person_id])]
        for meeting in (await meetings.many(bench.db, live)).values():
            if meeting.state == "invited" and meeting.starts_at > bench.now:
                failures += await _attempt(bench, meeting.id, leave)
                failpoints.passing("leaver.place_given_up")
    if failures:
        # The job comes again for the meetings that failed; the others are done.
        raise failures[0]


async def _attempt(bench: Bench, meeting_id: str, step: Step) -> list[Exception]:
    """One bad meeting holds up none of the others."""
    try:
        await bench.meetings.book(meeting_id, step)
    except (PyMongoError, TimeoutError):
        raise
    except Refused:
        return []
    except Exception as error:  # noqa: BLE001 - the job reports it when the other meetings are done
        return [error]
    return []


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
