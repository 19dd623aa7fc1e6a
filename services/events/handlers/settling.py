"""What each step does to a meeting."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from services.events.handlers import access
from services.events.handlers.desk import AT_ONCE, Desk, close_desk, job, open_desk, outcome
from services.events.handlers.steps import (
    Answer,
    Cancel,
    Change,
    CheckIn,
    FindHost,
    Freeze,
    GiveCode,
    HandOver,
    Invite,
    Leave,
    Outcome,
    Promote,
    Record,
    Step,
    TellChanges,
)
from services.events.models.documents import Meeting
from services.events.rules import attendance, seats
from services.events.rules import meetings as meeting_rules
from services.events.rules import notices as notice_rules
from services.events.rules.audience import is_empty
from services.events.settings import meeting_address
from services.events.store import meetings, participants, people
from shared.bookings import Bookings
from shared.errors import Conflict, Invalid, NotFound, PreconditionFailed, Refused
from shared.mongo import Mongo, Transaction
from shared.web.conditions import fits

Meetings = Bookings[Step, Outcome]
# By then every transaction that was under way when the list was frozen has ended.
_FIRST_SWEEP = timedelta(minutes=3)


def meetings_of(state: Any) -> Meetings:
    """The process's one line per meeting, kept with its clients on the application's state."""
    mongo: Mongo = state.mongo
    if getattr(state, "meetings", None) is None:
        state.meetings = Bookings[Step, Outcome](mongo, partial(settle, meeting_address()))
    return state.meetings


async def settle(
    organizer: str, tx: Transaction, meeting_id: str, steps: Sequence[Step]
) -> list[Outcome | Refused]:
    """In the order they were asked for; a step that is refused leaves nothing behind."""
    meeting = await meetings.get(tx.db, meeting_id, tx)
    if meeting is None:
        return [NotFound("There is no such meeting.") for _ in steps]
    desk = await open_desk(tx, meeting, steps)
    refusals: list[Refused | None] = [await _attempt(desk, step) for step in steps]
    await close_desk(desk, steps[-1], organizer)
    return [refusal or await outcome(desk, step) for refusal, step in zip(refusals, steps, strict=True)]


async def _attempt(desk: Desk, step: Step) -> Refused | None:
    touched = len(desk.room.touched)
    try:
        await _STEPS[type(step)](desk, step)
    except Refused as refusal:
        return refusal
    desk.causes.update(dict.fromkeys(desk.room.touched[touched:], step.trace))
    return None


async def _answer(desk: Desk, step: Answer) -> None:
    access.require_answerer(step.caller, desk.meeting, desk.room.participants.get(step.person_id))
    seats.answer(desk.room, step.person_id, step.wish, step.at)


async def _record(desk: Desk, step: Record) -> None:
    access.require_convenor(step.caller, desk.meeting)
    attendance.record(desk.room, step.person_id, step.attended, step.at)


async def _check_in(desk: Desk, step: CheckIn) -> None:
    access.require_oneself(step.caller, desk.meeting, desk.room.participants.get(step.person_id))
    attendance.check_in(desk.room, step.person_id, step.code, step.at)


async def _give_code(desk: Desk, step: GiveCode) -> None:
    access.require_convenor(step.caller, desk.meeting)
    desk.meeting = attendance.with_code(desk.meeting)


async def _change(desk: Desk, step: Change) -> None:
    before = desk.meeting
    access.require_convenor(step.caller, before)
    if not fits(step.revision, before.revision):
        raise PreconditionFailed("Somebody has changed the meeting since you read it. Read it again.")
    if "convenor_id" in step.wanted:
        await require_convenor_exists(desk.tx, step.wanted["convenor_id"], before.convenor_agency)
    desk.meeting = meeting_rules.edit(before, step.wanted, step.at)
    seats.promote(desk.room)
    _tell_convenor(desk, step, before, step.caller.person_id)
    if desk.meeting.sequence > before.sequence:
        desk.jobs.append(job("notify", before.id, step))


def _tell_convenor(desk: Desk, step: Step, before: Meeting, by: str | None = None) -> None:
    if tell := notice_rules.of_convenor(before, desk.meeting, by):
        desk.tells.append((tell, step.trace))


async def require_convenor_exists(tx: Transaction, person_id: str, agency: str) -> None:
    """
    Raises:
        Invalid: nobody of that id works at the agency.

    """
    person = (await people.load(tx.db, [person_id], tx)).get(person_id)
    if person is None or person.agency != agency or person.status != "active":
        raise Invalid(convenor_id=f"nobody of this id works at {agency}")


async def _freeze(desk: Desk, step: Freeze) -> None:
    meeting = desk.meeting
    access.require_convenor(step.caller, meeting)
    if meeting.state == "invited":
        return
    if is_empty(meeting.audience):
        raise Conflict("The audience is empty, so it reaches nobody. Say whom the meeting is for.")
    listed = await people.ids(desk.tx.db, meeting.audience, local_day(meeting, step.at), desk.tx)
    if not listed:
        raise Conflict("The audience reaches nobody today.")
    desk.meeting = meeting_rules.invite(meeting, len(listed), step.at)
    for number, start in enumerate(range(0, len(listed), AT_ONCE)):
        page = job("invite", meeting.id, step)
        data = {"people": listed[start : start + AT_ONCE]}
        desk.jobs.append(replace(page, id=f"{page.id}/{number}", data=data))
    desk.jobs.append(replace(job("sweep", meeting.id, step), due=step.at + _FIRST_SWEEP))


def local_day(meeting: Meeting, at: datetime) -> Any:
    """The day that it is where the meeting is."""
    return at.astimezone(ZoneInfo(meeting.zone)).date()


async def _cancel(desk: Desk, step: Cancel) -> None:
    before = desk.meeting
    access.require_convenor(step.caller, before)
    desk.meeting = meeting_rules.cancel(before, step.at)
    if desk.meeting is not before:
        desk.jobs.append(job("notify", before.id, step))


async def _invite(desk: Desk, step: Invite) -> None:
    held = await people.hold(desk.tx, list(step.invited), step.at)
    for person_id, person in sorted(held.items()):
        seats.invite(desk.room, person_id, person.agency, step.at, late=step.late)


async def _leave(desk: Desk, step: Leave) -> None:
    if departure := seats.leave(desk.room, step.person_id):
        desk.departures.append((departure, step.trace))


async def _hand_over(desk: Desk, step: HandOver) -> None:
    before = desk.meeting
    heir = await _coordinator(desk.tx, before.convenor_agency, but=step.leaver_id)
    desk.meeting = meeting_rules.hand_over(before, step.leaver_id, heir, step.at)
    _tell_convenor(desk, step, before)


async def _find_host(desk: Desk, step: FindHost) -> None:
    """The agency of most who come, then of most who are invited; by name where they are as many. Its first
    coordinator who works there convenes.
    """
    before = desk.meeting
    if before.state == "cancelled" or before.starts_at <= step.at:
        return
    for agency in await participants.agencies_by_part(desk.tx, before.id):
        if agency == before.convenor_agency:
            continue
        if heir := await _coordinator(desk.tx, agency):
            desk.meeting = meeting_rules.take_over(before, agency, heir, step.at)
            _tell_convenor(desk, step, before)
            return
    desk.meeting = meeting_rules.cancel(before, step.at)
    desk.jobs.append(job("notify", before.id, step))


async def _coordinator(tx: Transaction, slug: str, but: str = "") -> str | None:
    """The agency's first who works there."""
    agency = (await people.agencies(tx.db, [slug], tx)).get(slug)
    coordinators = [each for each in (agency.coordinators if agency else ()) if each != but]
    known = await people.load(tx.db, coordinators, tx)
    return next((each for each in coordinators if each in known and known[each].status == "active"), None)


async def _tell_changes(desk: Desk, step: TellChanges) -> None:
    for person_id in desk.untold:
        participant = desk.room.participants[person_id]
        if tell := notice_rules.of_meeting(desk.meeting, participant):
            desk.tells.append((tell, step.trace))
            desk.room.put(participant.model_copy(update={"told_sequence": desk.meeting.sequence}))


async def _promote(desk: Desk, _step: Promote) -> None:
    seats.promote(desk.room)


_STEPS: dict[type[Step], Callable[[Desk, Any], Awaitable[None]]] = {
    Answer: _answer,
    Record: _record,
    CheckIn: _check_in,
    GiveCode: _give_code,
    Change: _change,
    Freeze: _freeze,
    Cancel: _cancel,
    Invite: _invite,
    Leave: _leave,
    HandOver: _hand_over,
    FindHost: _find_host,
    TellChanges: _tell_changes,
    Promote: _promote,
}
