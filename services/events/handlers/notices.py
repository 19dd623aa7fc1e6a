"""Has people told: the words and the calendar part of what the rules decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.events.models.documents import Departure, Meeting, Participant, Tell
from services.events.models.people import Colleague
from services.events.rules.calendar import Invitation, Organizer
from services.events.store import people
from shared.contracts.envelope import Trace
from shared.contracts.notify import CalendarPart, MeetingNotice, ParticipantLeft, Request
from shared.mongo import Transaction
from shared.publishing import outbox


async def send(
    tx: Transaction,
    meeting: Meeting,
    organizer: str,
    tells: Sequence[tuple[Tell, Trace]],
    participants: Mapping[str, Participant],
    now: datetime,
) -> None:
    """One request each, with an invitation of their own. They name nobody: notify does. A person who may not
    be seen any more is not told.
    """
    if not tells:
        return
    known = await people.load(tx.db, [meeting.convenor_id, *(tell.person_id for tell, _ in tells)], tx)
    agencies = await people.agencies(tx.db, [meeting.convenor_agency], tx)
    agency = agencies[meeting.convenor_agency].name if agencies else meeting.convenor_agency
    address = Organizer(organizer, f"urn:uuid:{meeting.convenor_id}")
    invitation = Invitation(meeting, address, now) if any(tell.method for tell, _ in tells) else None
    for tell, trace in tells:
        person = known.get(tell.person_id)
        if person and person.status == "active":
            notice = _notice(meeting, tell, agency)
            part = _part(invitation, tell, person, participants) if invitation else None
            outbox.request(tx, _request(meeting, tell, notice, part), cause=trace)


async def send_departures(
    tx: Transaction,
    meeting: Meeting,
    departures: Sequence[tuple[Departure, Trace]],
    participants: Mapping[str, Participant],
) -> None:
    """To the convenor, one of each."""
    if not departures:
        return
    convenor = (await people.load(tx.db, [meeting.convenor_id], tx)).get(meeting.convenor_id)
    if not convenor or convenor.status != "active":
        return
    for one, trace in departures:
        data = ParticipantLeft(
            title=meeting.title,
            starts_at=meeting.starts_at,
            zone=meeting.zone,
            left_id=one.person_id,
            promoted_id=one.promoted_id,
        )
        notification = Request(
            person_id=convenor.id,
            kind="events.participant_left",
            # Two who leave one meeting are two things to be told.
            subject=f"{meeting.subject}/{one.person_id}",
            subject_version=participants[one.person_id].version,
            data=data.model_dump(mode="json"),
            not_after=meeting.starts_at,
        )
        outbox.request(tx, notification, cause=trace)


def _notice(meeting: Meeting, tell: Tell, agency: str) -> MeetingNotice:
    return MeetingNotice(
        title=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        place=meeting.place,
        video_url=meeting.video_url,
        opens_at=meeting.opens_at,
        closes_at=meeting.closes_at,
        convenor_id=meeting.convenor_id,
        convenor_agency=agency,
        place_in_line=tell.place_in_line,
        coming=tell.coming,
        late=tell.late,
        changed=tell.changed,
    )


def _part(
    invitation: Invitation, tell: Tell, person: Colleague, participants: Mapping[str, Participant]
) -> CalendarPart | None:
    if not person.mail_address or not tell.method:
        return None
    ics = invitation.to(participants[person.id], tell.state, tell.method, person.language)
    return CalendarPart(method=tell.method, ics=ics)


def _request(meeting: Meeting, tell: Tell, notice: MeetingNotice, part: CalendarPart | None) -> Request:
    return Request(
        person_id=tell.person_id,
        kind=tell.kind,
        subject=meeting.subject,
        subject_version=tell.version,
        data=notice.model_dump(mode="json"),
        calendar=part,
        not_after=tell.not_after or meeting.starts_at,
    )
