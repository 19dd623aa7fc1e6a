"""Somebody takes part in nothing that is to come any more: they left, or nobody may see them."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import PyMongoError

from services.events.handlers import arranging, inviting
from services.events.handlers.desk import Cause
from services.events.handlers.settling import Meetings
from services.events.store import calendars, meetings, participants
from shared import failpoints
from shared.contracts.envelope import Trace
from shared.errors import Refused
from shared.mongo import Database, Mongo


async def _nothing() -> None:
    """Nobody asks how far it is."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What work on meetings is done with. Call `moved` after each step that is kept."""

    mongo: Mongo
    meetings: Meetings
    now: datetime
    moved: Callable[[], Awaitable[None]] = _nothing

    @property
    def db(self) -> Database:
        return self.mongo.db


async def forget_calendars(bench: Bench, person_id: str) -> None:
    await calendars.revoke_all(bench.db, person_id)
    failpoints.passing("leaver.calendars_revoked")


async def has_part_in(bench: Bench, person_id: str) -> list[str]:
    """Meetings that they convene or sit in."""
    convened = {meeting.id for meeting in await meetings.convened_by(bench.db, [person_id], bench.now)}
    seated = {one.meeting_id for one in await participants.live(bench.db, [person_id])}
    return sorted(convened | seated)


async def leave_meeting(bench: Bench, meeting_id: str, person_id: str, trace: Trace) -> None:
    """Hand over first, so that the new convenor hears of the empty seat. Idempotent."""
    meeting, cause = await meetings.get(bench.db, meeting_id), Cause(bench.now, trace)
    if meeting is None:
        return
    convened = await meetings.convened_by(bench.db, [person_id], bench.now)
    if any(each.id == meeting_id for each in convened):
        with suppress(Refused):
            await bench.meetings.book(meeting_id, arranging.hand_over(person_id, cause))
        failpoints.passing("leaver.handed_over")
    if meeting.state == "invited" and meeting.starts_at > bench.now:
        with suppress(Refused):
            await bench.meetings.book(meeting_id, inviting.leave(person_id, cause))
        failpoints.passing("leaver.place_given_up")


async def leave_everything(bench: Bench, person_id: str, trace: Trace) -> list[Exception]:
    """At once. Returns what went wrong with single meetings: one bad one holds up none of the others."""
    failures: list[Exception] = []
    await forget_calendars(bench, person_id)
    for meeting_id in await has_part_in(bench, person_id):
        try:
            await leave_meeting(bench, meeting_id, person_id, trace)
        except (PyMongoError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - reported when the other meetings are done
            failures.append(error)
    return failures
