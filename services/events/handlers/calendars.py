"""Meetings in people's own calendars: one at a time, and as a feed behind a secret address."""

import secrets
from datetime import datetime, timedelta

import uuid_utils

from services.events import refusals
from services.events.models.api import CalendarView, NewCalendarView
from services.events.models.documents import Meeting
from services.events.models.people import Colleague
from services.events.rules.calendar import Entry, Organizer, Status, calendar
from services.events.settings import meeting_address
from services.events.store import calendars, meetings, participants, people
from shared.auth import Caller, digest
from shared.mongo import Database, Transaction

_MOST = 10
_KEPT = timedelta(days=90)


async def create_calendar(tx: Transaction, caller: Caller, now: datetime) -> NewCalendarView:
    """A secret of 256 random bits that opens the caller's own feed.

    Raises:
        Conflict: there are as many as anybody needs already.

    """
    owner = _person(caller)
    if len(await calendars.of_person(tx.db, owner, tx)) >= _MOST:
        raise refusals.TooManyCalendars(
            f"You have {_MOST} calendar addresses already. Take one away first.", most=_MOST
        )
    secret, id_ = secrets.token_urlsafe(32), str(uuid_utils.uuid7())
    document = {"_id": id_, "person_id": owner, "sha256": digest(secret), "created_at": now}
    await calendars.insert(tx, document)
    return NewCalendarView(id=id_, created_at=now, path=f"/events/v1/calendars/{secret}")


async def list_calendars(db: Database, caller: Caller) -> list[CalendarView]:
    found = await calendars.of_person(db, _person(caller))
    return [CalendarView(id=one["_id"], created_at=one["created_at"]) for one in found]


async def revoke_calendar(db: Database, caller: Caller, calendar_id: str) -> None:
    """
    Raises:
        NotFound: the caller has no such calendar.

    """
    if not await calendars.revoke(db, calendar_id, _person(caller)):
        raise refusals.NoSuchCalendar


def _person(caller: Caller) -> str:
    if caller.person_id is None:
        raise refusals.CalendarIsForPeople
    return caller.person_id


async def personal_feed(db: Database, secret: str, now: datetime) -> bytes:
    """What the owner of the secret has said yes or perhaps to. Changes only when its meetings do.

    Raises:
        NotFound: nobody has this secret, or not any more.

    """
    found = await calendars.by_digest(db, digest(secret))
    if not found:
        raise refusals.NoSuchCalendar
    mine = {one.meeting_id: one.state for one in await participants.of_person(db, found["person_id"])}
    known = await meetings.many(db, list(mine))
    shown = sorted(
        (meeting for meeting in known.values() if meeting.ends_at > now - _KEPT),
        key=lambda meeting: (meeting.starts_at, meeting.id),
    )
    known_people = await people.load(db, [found["person_id"], *(meeting.convenor_id for meeting in shown)])
    owner = known_people.get(found["person_id"])
    entries = [
        Entry(
            meeting,
            _organizer(known_people.get(meeting.convenor_id)),
            _status(meeting, certain=mine[meeting.id] == "accepted"),
            meeting.changed_at,
            owner.language if owner else "sv",
            waiting=mine[meeting.id] == "waiting",
        )
        for meeting in shown
    ]
    return calendar(entries, name="Nätverket")


async def one_meeting(db: Database, meeting: Meeting) -> bytes:
    convenor = (await people.load(db, [meeting.convenor_id])).get(meeting.convenor_id)
    organizer = _organizer(convenor)
    return calendar([Entry(meeting, organizer, _status(meeting, certain=True), meeting.changed_at)])


def _organizer(convenor: Colleague | None) -> Organizer:
    return Organizer(meeting_address(), convenor.display_name if convenor else "")


def _status(meeting: Meeting, *, certain: bool) -> Status:
    if meeting.state == "cancelled":
        return "CANCELLED"
    return "CONFIRMED" if certain else "TENTATIVE"
