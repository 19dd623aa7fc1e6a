"""Settles what is asked of one meeting: load once, decide step by step, save and announce once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.events.handlers import notices, states
from services.events.models.documents import Departure, Meeting, Participant, Tell
from services.events.rules import notices as notice_rules
from services.events.rules import reminders, seats
from services.events.store import meetings, participants
from shared import due
from shared.contracts.envelope import Trace
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS
from shared.due import timers
from shared.mongo import Transaction
from shared.privacy import burials
from shared.publishing import outbox

AT_ONCE = 200
"""How many are invited, told or promoted in one transaction."""
# What others do not see of a meeting.
_OWN = ("counts", "attendance_code")


@dataclass(frozen=True, slots=True)
class Cause:
    """When a step was asked for, and because of what."""

    at: datetime
    trace: Trace


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody asks of one meeting. Every change of a meeting is a step and goes through its queue.

    Load `people` before it, and with `untold` some of those who have not been told of the latest change. The
    outcome shows how `about` stands. `more` says whether the same step again has more to do.
    """

    cause: Cause
    act: "Callable[[Desk], Awaitable[None]]"
    people: tuple[str, ...] = ()
    about: str | None = None
    untold: bool = False
    more: "Callable[[Desk], bool] | None" = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How things stand after the step."""

    meeting: Meeting
    participant: Participant | None = None
    place_in_line: int | None = None
    more: bool = False


@dataclass(slots=True)
class Desk:
    """One meeting while a batch of steps is settled."""

    tx: Transaction
    before: Meeting
    room: seats.Room
    known: dict[str, Participant]
    places: dict[str, int] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    departures: list[tuple[Departure, Trace]] = field(default_factory=list)
    tells: list[tuple[Tell, Trace]] = field(default_factory=list)
    jobs: list[due.Row] = field(default_factory=list)
    causes: dict[str, Trace] = field(default_factory=dict)

    @property
    def meeting(self) -> Meeting:
        return self.room.meeting

    @meeting.setter
    def meeting(self, meeting: Meeting) -> None:
        self.room.meeting = meeting


async def open_desk(tx: Transaction, meeting: Meeting, steps: Sequence[Step]) -> Desk:
    people = [person for step in steps for person in step.people]
    found = await participants.load(tx, meeting.id, people)
    line: list[Participant] = []
    limit = AT_ONCE + len(steps)
    if meeting.counts.get("waiting"):
        line = await participants.line(tx, meeting.id, limit)
    untold: list[Participant] = []
    if any(step.untold for step in steps):
        untold = await participants.untold(tx, meeting.id, meeting.sequence, AT_ONCE)
    room = seats.Room(meeting, [*found, *untold], line, whole=len(line) < limit)
    return Desk(tx, meeting, room, dict(room.participants), untold=[p.person_id for p in untold])


async def close_desk(desk: Desk, last: Cause, organizer: str) -> None:
    """Save what has changed and tell whom it concerns."""
    changed = _changed(desk, last.at)
    before = [desk.known[p.person_id].state for p in changed if p.person_id in desk.known]
    counts = seats.recount(desk.meeting.counts, before, [p.state for p in changed])
    after = desk.meeting.model_copy(update={"counts": counts})
    own = {name: getattr(desk.before, name) for name in _OWN}
    public = after.model_copy(update=own) != desk.before
    if public:
        after = after.model_copy(update={"version": after.version + 1})
    desk.meeting = after
    await meetings.save(desk.tx, desk.before, after)
    await participants.save(desk.tx, changed)
    if after.revision != desk.before.revision:
        await timers.plan(desk.tx, after.subject, reminders.moments(after, last.at), after.revision)
    if public and (state := states.meeting(after)):
        outbox.announce(desk.tx, EVENTS_MEETINGS, state, cause=last.trace)
        if after.convenor_id != desk.before.convenor_id:
            # The one before may have gone for good.
            await burials.repeat(desk.tx, states.SOURCES[0], after.id, last.at)
    _tell_changes(desk, changed)
    await notices.send(desk.tx, after, organizer, desk.tells, desk.room.participants, last.at)
    await notices.send_departures(desk.tx, after, desk.departures, desk.room.participants)
    if desk.room.unpromoted:
        desk.jobs.append(job("promote", after.id, last))
    await due.schedule(desk.tx, desk.jobs)


def _changed(desk: Desk, at: datetime) -> list[Participant]:
    """What differs from what was loaded, each with its new version where others can see the difference."""
    changed: list[Participant] = []
    for person_id in dict.fromkeys(desk.room.touched):
        before, after = desk.known.get(person_id), desk.room.participants[person_id]
        if after == before:
            continue
        if _is_news(before, after):
            after = after.model_copy(update={"version": after.version + 1})
        after = notice_rules.in_calendar(before, after, at)
        desk.room.participants[person_id] = after
        changed.append(after)
    return changed


def _is_news(before: Participant | None, after: Participant) -> bool:
    """Whether others can see the difference."""
    return before is None or (before.state, before.attended) != (after.state, after.attended)


def _tell_changes(desk: Desk, changed: Sequence[Participant]) -> None:
    desk.places = seats.joined(desk.known, desk.room, desk.meeting.counts.get("waiting", 0))
    for after in changed:
        before, cause = desk.known.get(after.person_id), desk.causes[after.person_id]
        if _is_news(before, after):
            outbox.announce(desk.tx, EVENTS_ATTENDANCE, states.attendance(after), cause=cause)
        tell = notice_rules.of_change(before, after, desk.places.get(after.person_id))
        if tell:
            desk.tells.append((tell, cause))


async def outcome(desk: Desk, step: Step) -> Outcome:
    more = step.more(desk) if step.more else False
    if step.about is None:
        return Outcome(desk.meeting, more=more)
    participant = desk.room.participants[step.about]
    place = desk.places.get(step.about)
    if participant.state == "waiting" and place is None:
        place = (await participants.places(desk.tx.db, [participant], desk.tx))[step.about]
    return Outcome(desk.meeting, participant, place, more)


def job(kind: str, meeting_id: str, cause: Cause) -> due.Row:
    subject = f"meeting/{meeting_id}"
    return due.Row(f"{kind}/{meeting_id}", kind, subject, cause.at, {"people": []}, cause.trace)
