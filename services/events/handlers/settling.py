"""Settles what is asked of one meeting, many steps in one transaction."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.events.handlers.desk import Desk, Outcome, Step, close_desk, open_desk, outcome
from services.events.refusals import NoSuchMeeting
from services.events.settings import meeting_address
from services.events.store import meetings
from shared.bookings import Bookings
from shared.errors import Refused
from shared.mongo import Mongo, Transaction

Meetings = Bookings[Step, Outcome]


def meetings_of(state: Any) -> Meetings:
    """The process's one queue per meeting, kept with its clients on the application's state."""
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
        return [NoSuchMeeting() for _ in steps]
    desk = await open_desk(tx, meeting, steps)
    refusals = [await _attempt(desk, step) for step in steps]
    await close_desk(desk, steps[-1].cause, organizer)
    return [refusal or await outcome(desk, step) for refusal, step in zip(refusals, steps, strict=True)]


async def _attempt(desk: Desk, step: Step) -> Refused | None:
    touched = len(desk.room.touched)
    try:
        await step.act(desk)
    except Refused as refusal:
        return refusal
    desk.causes.update(dict.fromkeys(desk.room.touched[touched:], step.cause.trace))
    return None
