"""Who may see and do what with a meeting."""

from services.events import refusals
from services.events.models.documents import Meeting, OwnMeetings, Participant, ParticipantQuery
from shared.auth import Caller


def convenes(caller: Caller, meeting: Meeting) -> bool:
    """Its convenor, their agency's coordinator or their agency's system."""
    return caller.acts_for(meeting.convenor_agency, meeting.convenor_id)


def require_seen(caller: Caller, meeting: Meeting | None) -> Meeting:
    """
    Raises:
        NotFound: there is none, or it is somebody else's and nobody has been invited.

    """
    if meeting is None or not (meeting.is_announced or convenes(caller, meeting)):
        raise refusals.NoSuchMeeting
    return meeting


def require_convenor(caller: Caller, meeting: Meeting) -> None:
    """
    Raises:
        NotFound: the caller may not see it.
        Forbidden: the caller may see it, and no more.

    """
    if not convenes(caller, require_seen(caller, meeting)):
        raise refusals.IsForConvenor


def require_answerer(caller: Caller, meeting: Meeting, participant: Participant | None) -> None:
    """
    Raises:
        NotFound: the caller may not know who takes part.
        Forbidden: the caller may know, but not answer for them.

    """
    require_seen(caller, meeting)
    if participant and caller.acts_for(participant.agency, participant.person_id):
        return
    if participant and convenes(caller, meeting):
        raise refusals.IsForParticipant
    raise refusals.NoSuchParticipant


def require_oneself(caller: Caller, meeting: Meeting, participant: Participant | None) -> None:
    """
    Raises:
        NotFound: the caller may not know who takes part.
        Forbidden: the caller may know, but nobody says for somebody else that they are there.

    """
    require_answerer(caller, meeting, participant)
    if participant and not caller.is_person(participant.person_id):
        raise refusals.IsForThePersonAlone


def own_meetings(caller: Caller) -> OwnMeetings:
    """Beside what people have been invited to, which everybody sees."""
    if caller.is_system or caller.coordinator:
        return OwnMeetings(agency=caller.agency)
    return OwnMeetings(convenor_id=caller.own_id)


def visible_participants(caller: Caller, meeting: Meeting) -> ParticipantQuery:
    """All to those who convene it, their own people to an agency, themselves to a person."""
    if convenes(caller, meeting):
        return ParticipantQuery(meeting_id=meeting.id)
    if caller.is_system or caller.coordinator:
        return ParticipantQuery(meeting_id=meeting.id, agency=caller.agency)
    return ParticipantQuery(meeting_id=meeting.id, person_id=caller.own_id)
