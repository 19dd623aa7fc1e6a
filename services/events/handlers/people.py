"""What changes among people and agencies mean for meetings."""

from collections.abc import Sequence
from datetime import UTC, datetime

import uuid_utils

from services.events.handlers.inviting import local_day
from services.events.models.documents import Meeting, participant_id
from services.events.models.people import Colleague
from services.events.rules.audience import reaches
from services.events.store import calendars, meetings, participants
from shared import due
from shared.consuming.incoming import Incoming
from shared.consuming.states import Change, Copy
from shared.contracts.directory import Agency, Person
from shared.contracts.events import answers_at
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.moments import now_ms
from shared.mongo import Transaction

PEOPLE = Copy(DIRECTORY_PEOPLE, Colleague)
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)
_AUDIENCE = (
    "status",
    "roles",
    "roles_turned_on",
    "assignments",
    "specialties",
    "agency",
    "place",
    "groups",
)


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Agency | Gone]]) -> None:
    await AGENCIES.apply(tx, batch)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    """Who leaves gives up what they had; who is new to an audience is invited. The work itself is left to
    jobs: it goes through each meeting's line, and must not hold up what comes after here.
    """
    changes = await PEOPLE.apply(tx, batch)
    now = now_ms(datetime.now(UTC))
    gone = [c for c in changes if c.after is None or c.after.status == "left"]
    here = [c for c in changes if c.after and c.after.status == "active" and _concerns_audiences(c)]
    await due.schedule(tx, [*await _departures(tx, gone, now), *await _sweeps(tx, here, now)])


def _concerns_audiences(change: Change[Colleague]) -> bool:
    return change.before is None or any(
        getattr(change.before, name) != getattr(change.after, name) for name in _AUDIENCE
    )


async def _departures(tx: Transaction, gone: Sequence[Change[Colleague]], now: datetime) -> list[due.Row]:
    if not gone:
        return []
    ids = [change.id for change in gone]
    concerned = {one.person_id for one in await participants.live(tx.db, ids, tx)}
    concerned |= {meeting.convenor_id for meeting in await meetings.convened_by(tx.db, ids, now, tx)}
    concerned |= await calendars.owners(tx, ids)
    return [
        due.Row(f"leave/{change.id}", "leave", f"person/{change.id}", now, cause=change.trace)
        for change in gone
        if change.id in concerned
    ]


async def _sweeps(tx: Transaction, here: Sequence[Change[Colleague]], now: datetime) -> list[due.Row]:
    """One for each meeting whose audience somebody has come to, for them alone. It has a row of its own:
    batches that all wrote to the meeting's would conflict with each other, and with who is at it.
    """
    if not here:
        return []
    coming = [meeting for meeting in await meetings.coming(tx, now) if open_for_late(meeting, now)]
    reached: dict[str, list[Change[Colleague]]] = {}
    for meeting in coming:
        day = local_day(meeting, now)
        reached[meeting.id] = [c for c in here if c.after and reaches(meeting.audience, c.after, day)]
    ids = [participant_id(meeting, change.id) for meeting, found in reached.items() for change in found]
    known = await participants.known_among(tx.db, ids, tx)
    sweeps: list[due.Row] = []
    for meeting, found in reached.items():
        new = [change for change in found if participant_id(meeting, change.id) not in known]
        if new:
            people = {"people": [change.id for change in new]}
            row = f"sweep/{meeting}/{uuid_utils.uuid7()}"
            sweeps.append(due.Row(row, "sweep", f"meeting/{meeting}", now, people, new[-1].trace))
    return sweeps


def open_for_late(meeting: Meeting, now: datetime) -> bool:
    """Whether there is any use in being invited still."""
    closed = answers_at(meeting.opens_at, meeting.closes_at, now) == "closed"
    return meeting.state == "invited" and meeting.starts_at > now and not closed
