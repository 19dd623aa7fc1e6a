"""Somebody takes part in nothing that is to come any more: they left, or nobody may see them."""

from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import PyMongoError

from services.events.handlers.settling import Meetings
from services.events.handlers.steps import HandOver, Leave, Step
from services.events.store import calendars, meetings, participants
from shared import failpoints
from shared.contracts.envelope import Trace
from shared.errors import Refused
from shared.mongo import Database


@dataclass(frozen=True, slots=True)
class Bench:
    """What work on meetings is done with."""

    db: Database
    meetings: Meetings
    now: datetime


async def leave_everything(bench: Bench, person_id: str, trace: Trace) -> list[Exception]:
    """Hand over first, so that the new convenor hears of the empty seat. Idempotent. Returns what went wrong
    with single meetings: one bad one holds up none of the others.
    """
    failures: list[Exception] = []
    await calendars.revoke_all(bench.db, person_id)
    failpoints.passing("leaver.calendars_revoked")
    over = HandOver(leaver_id=person_id, at=bench.now, trace=trace)
    for meeting in await meetings.convened_by(bench.db, [person_id], bench.now):
        failures += await _attempt(bench, meeting.id, over)
        failpoints.passing("leaver.handed_over")
    leave = Leave(person_id=person_id, at=bench.now, trace=trace)
    live = [one.meeting_id for one in await participants.live(bench.db, [person_id])]
    for meeting in (await meetings.many(bench.db, live)).values():
        if meeting.state == "invited" and meeting.starts_at > bench.now:
            failures += await _attempt(bench, meeting.id, leave)
            failpoints.passing("leaver.place_given_up")
    return failures


async def _attempt(bench: Bench, meeting_id: str, step: Step) -> list[Exception]:
    try:
        await bench.meetings.book(meeting_id, step)
    except (PyMongoError, TimeoutError):
        raise
    except Refused:
        return []
    except Exception as error:  # noqa: BLE001 - reported when the other meetings are done
        return [error]
    return []
