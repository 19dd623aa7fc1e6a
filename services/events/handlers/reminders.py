"""Reminders go out: what a due timer of a meeting has people told."""

from collections.abc import Sequence
from datetime import datetime

from services.events.handlers import notices
from services.events.handlers.desk import AT_ONCE
from services.events.models.documents import Meeting, Participant, Tell
from services.events.rules import reminders
from services.events.store import meetings, participants
from shared.due import Round
from shared.due.timers import Timer, timer
from shared.mongo import Transaction
from shared.observing import trace


async def ring(organizer: str, tx: Transaction, turn: Round) -> None:
    """As many meetings as there is room for, one page of each. Answers don't conflict with this: what counts
    is how somebody had answered when their reminder was asked for.
    """
    due = [timer(row) for row in turn.rows]
    known = await meetings.many(tx.db, [_meeting_id(each) for each in due], tx)
    for each in due:
        room = AT_ONCE - turn.told
        if room <= 0:
            return
        meeting = known.get(_meeting_id(each))
        if meeting is None or reminders.is_pointless(meeting, each.name, each.due, turn.now):
            turn.done(each.row)
            continue
        if reminders.is_too_late(meeting, each.name, turn.now):
            turn.waits(each.row)
            continue
        tells, page = await _tells(tx, meeting, each, turn, room)
        cause = trace.current()
        told = {one.person_id: one.stamped(turn.now) for one in page}
        await notices.send(tx, meeting, organizer, [(tell, cause) for tell in tells], told, turn.now)
        turn.told += len(tells)


def _meeting_id(timer: Timer) -> str:
    return timer.subject.partition("/")[2]


async def _tells(
    tx: Transaction, meeting: Meeting, timer: Timer, turn: Round, room: int
) -> tuple[list[Tell], Sequence[Participant]]:
    if timer.name == reminders.RECORD:
        turn.done(timer.row)
        expected = meeting.counts.get("accepted") and not meeting.needs_convenor
        if not expected or await participants.attendance_recorded(tx, meeting.id):
            return [], ()
        return [reminders.ask_to_record(meeting, timer.version)], ()
    states = reminders.THANKED if timer.name == reminders.THANK else reminders.ASKED
    page = await participants.following(tx, meeting.id, timer.after, states, room)
    if len(page) < room:
        turn.done(timer.row)
    else:
        turn.goes_on(timer.row, page[-1].id)
    return _of_page(meeting, timer, page, turn.now), page


def _of_page(meeting: Meeting, timer: Timer, page: Sequence[Participant], now: datetime) -> list[Tell]:
    found = [
        reminders.thank(meeting, one, timer.version)
        if timer.name == reminders.THANK
        else reminders.remind(meeting, one, timer.version, now)
        for one in page
    ]
    return [tell for tell in found if tell]
