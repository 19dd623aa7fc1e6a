"""Meetings: creating, showing, previewing an audience."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import uuid_utils

from services.events import refusals
from services.events.handlers import access
from services.events.handlers.arranging import require_convenor_exists
from services.events.handlers.desk import Outcome
from services.events.models.api import (
    AgencyCount,
    AttendanceCodeView,
    AudienceBody,
    CheckInView,
    MeetingBody,
    MeetingView,
    ParticipantsPage,
    ParticipantView,
    ParticipationView,
    Reached,
    ReminderBody,
)
from services.events.models.documents import Meeting, MeetingQuery, Participant, Reminder
from services.events.models.people import Colleague
from services.events.rules import attendance
from services.events.rules import meetings as meeting_rules
from services.events.rules.audience import is_empty
from services.events.store import meetings, participants, people
from shared.auth import Caller
from shared.contracts.events import Audience, ParticipantState
from shared.errors import Invalid
from shared.mongo import Database, Transaction
from shared.web.fields import Paging
from shared.wrong_fields import IsMissing


async def create_meeting(tx: Transaction, caller: Caller, body: MeetingBody, now: datetime) -> MeetingView:
    """A draft; nobody else knows of it until people are invited.

    Raises:
        Invalid: naming every wrong field.

    """
    convenor_id = body.convenor_id or caller.person_id or ""
    meeting = Meeting(
        **body.model_dump(exclude={"audience", "convenor_id"}),
        id=str(uuid_utils.uuid7()),
        version=1,
        audience=audience_of(body.audience),
        convenor_id=convenor_id,
        convenor_agency=caller.agency,
        created_at=now,
        changed_at=now,
    )
    wrong = meeting_rules.problems(meeting, now)
    try:
        await _require_convenor(tx, caller, convenor_id)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid(**wrong)
    await meetings.insert(tx, meeting)
    return view(meeting)


async def _require_convenor(tx: Transaction, caller: Caller, convenor_id: str) -> None:
    if not convenor_id:
        raise Invalid(convenor_id=IsMissing("is missing: a system says who convenes the meeting"))
    if not caller.acts_for(caller.agency, convenor_id):
        raise Invalid(convenor_id=refusals.ConvenorIsSomebodyElse())
    await require_convenor_exists(tx, convenor_id, caller.agency)


async def list_meetings(db: Database, caller: Caller, wanted: MeetingQuery, paging: Paging) -> dict[str, Any]:
    own = access.own_meetings(caller)
    found = await meetings.page(db, own, wanted, paging.offset, paging.fetch)
    return paging.of([view(meeting) for meeting in found])


async def seen_meeting(db: Database, caller: Caller, meeting_id: str) -> Meeting:
    """
    Raises:
        NotFound: there is none that the caller may see.

    """
    return access.require_seen(caller, await meetings.get(db, meeting_id))


async def list_participants(
    db: Database, caller: Caller, meeting_id: str, state: ParticipantState | None, paging: Paging
) -> dict[str, Any]:
    """As many as the caller may see; the counts are on the meeting."""
    meeting = await seen_meeting(db, caller, meeting_id)
    wanted = access.visible_participants(caller, meeting).model_copy(update={"state": state})
    found = await participants.page(db, wanted, paging.offset, paging.fetch)
    places = await participants.places(db, [one for one in found if one.state == "waiting"])
    known = await people.load(db, [one.person_id for one in found])
    views = [participant_view(one, known.get(one.person_id), places.get(one.person_id)) for one in found]
    return paging.of(views)


async def list_by_answer(
    db: Database, caller: Caller, meeting_id: str, state: str | None, paging: Paging
) -> ParticipantsPage:
    """Those who come first, then the others by answer and name; those in line by their turn. The counts are
    of all whom the caller may see, whatever page is asked for.
    """
    meeting = await seen_meeting(db, caller, meeting_id)
    everybody = await participants.everybody(db, access.visible_participants(caller, meeting))
    known = await people.load(db, [one.person_id for one in everybody])
    names = {id_: one.display_name for id_, one in known.items()}
    listed = [one for one in everybody if state in {None, one.state}]
    listed.sort(key=lambda one: attendance.by_answer(one, names.get(one.person_id, "")))
    found = listed[paging.offset : paging.offset + paging.fetch]
    places = await participants.places(db, [one for one in found if one.state == "waiting"])
    views = [participant_view(one, known.get(one.person_id), places.get(one.person_id)) for one in found]
    return ParticipantsPage(
        **paging.of(views),
        counts=dict(Counter(one.state for one in everybody)),
        came=sum(one.attended is True for one in everybody),
    )


async def participant(db: Database, caller: Caller, meeting_id: str, person_id: str) -> ParticipantView:
    """
    Raises:
        NotFound: this person is not invited, or the caller may not know.

    """
    meeting = await seen_meeting(db, caller, meeting_id)
    visible = access.visible_participants(caller, meeting)
    if visible.person_id in {None, person_id}:
        wanted = visible.model_copy(update={"person_id": person_id})
        for one in await participants.page(db, wanted, 0, 1):
            place = await participants.places(db, [one]) if one.state == "waiting" else {}
            known = await people.load(db, [person_id])
            return participant_view(one, known.get(person_id), place.get(person_id))
    raise refusals.NoSuchParticipant


async def participations(
    db: Database, caller: Caller, person_id: str, now: datetime
) -> list[ParticipationView]:
    """What is to come for this person, the next first. Nothing of those the caller does not act for."""
    if not caller.acts_for(caller.agency, person_id):
        return []
    found = await participants.concerned(db, caller.agency, person_id)
    known = await meetings.many(db, [one.meeting_id for one in found])
    coming = [one for one in found if (m := known.get(one.meeting_id)) and m.ends_at > now]
    coming.sort(key=lambda one: (known[one.meeting_id].starts_at, one.meeting_id))
    person = await people.load(db, [person_id])
    views: list[ParticipationView] = []
    for one in coming:
        place = await participants.places(db, [one]) if one.state == "waiting" else {}
        part = participant_view(one, person.get(person_id), place.get(person_id))
        views.append(ParticipationView(**part.model_dump(), meeting=view(known[one.meeting_id])))
    return views


async def preview(db: Database, body: AudienceBody, now: datetime, paging: Paging) -> dict[str, Any]:
    """Whom the rule reaches today. An empty rule reaches nobody, and that is said."""
    audience = audience_of(body)
    if is_empty(audience):
        return _preview(
            {}, [], paging, "The rule is empty, so it reaches nobody. / Regeln är tom och når ingen."
        )
    counts = await people.per_agency(db, audience, now.date())
    found = await people.page(db, audience, now.date(), paging.offset, paging.fetch)
    note = "" if counts else "Nobody fits the rule today. / Ingen passar in på regeln i dag."
    return _preview(counts, found, paging, note)


def _preview(counts: dict[str, int], found: list[Colleague], paging: Paging, note: str) -> dict[str, Any]:
    reached = [
        Reached(person_id=p.id, display_name=p.display_name, agency=p.agency, title=p.title) for p in found
    ]
    return {
        **paging.of(reached),
        "count": sum(counts.values()),
        "agencies": [AgencyCount(agency=agency, count=count) for agency, count in counts.items()],
        "note": note,
    }


def audience_of(body: AudienceBody) -> Audience:
    """With the lists that were sent set, and no others."""
    sent = body.model_dump(exclude_unset=True)
    return Audience(**{name: tuple(dict.fromkeys(words)) for name, words in sent.items()})


def reminders_of(bodies: Sequence[ReminderBody]) -> tuple[Reminder, ...]:
    return tuple(Reminder(**body.model_dump()) for body in bodies)


def view(meeting: Meeting) -> MeetingView:
    fields = meeting.model_dump(include=set(MeetingView.model_fields) - {"audience"})
    words = {name: list(wanted) for name, wanted in meeting.audience.model_dump().items()}
    check_in = CheckInView(**_check_in(meeting)) if meeting.attendance_code else None
    return MeetingView(**fields, audience=AudienceBody(**words), check_in=check_in)


def code_view(meeting: Meeting) -> AttendanceCodeView:
    return AttendanceCodeView(**_check_in(meeting), code=meeting.attendance_code)


def _check_in(meeting: Meeting) -> dict[str, datetime]:
    return {"opens_at": attendance.opens_at(meeting), "closes_at": attendance.closes_at(meeting)}


async def code(db: Database, caller: Caller, meeting_id: str) -> AttendanceCodeView:
    """
    Raises:
        NotFound: there is none, or no such meeting.
        Forbidden: somebody else convenes it.

    """
    meeting = await seen_meeting(db, caller, meeting_id)
    access.require_convenor(caller, meeting)
    if not meeting.attendance_code:
        raise refusals.MeetingHasNoCode
    return code_view(meeting)


async def answered(db: Database, outcome: Outcome) -> ParticipantView:
    """What came of an answer, or of a note of who came."""
    one = outcome.participant
    assert one  # noqa: S101 – whoever is not on the list has been refused
    person = (await people.load(db, [one.person_id])).get(one.person_id)
    return participant_view(one, person, outcome.place_in_line)


def participant_view(one: Participant, person: Colleague | None, place: int | None) -> ParticipantView:
    return ParticipantView(
        person_id=one.person_id,
        display_name=person.display_name if person else "",
        agency=one.agency,
        state=one.state,
        place_in_line=place,
        late=one.late,
        answered_at=one.answered_at,
        attended=one.attended,
    )
