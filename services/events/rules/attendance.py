"""Who came (E21): as the convenor's sign-in sheet says it, or as each says by a code that is shown where the
meeting is.
"""

import secrets
from datetime import datetime, timedelta

from services.events import refusals
from services.events.models.documents import Meeting, Participant
from services.events.rules.seats import Room
from shared.contracts.events import ParticipantState
from shared.errors import Invalid
from shared.formats.alphabet import sort_key

# Without those that are mistaken for one another, read from a wall.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8
_EARLY, _LATE = timedelta(minutes=30), timedelta(hours=1)


# As a convenor reads a list.
_ORDER: tuple[ParticipantState, ...] = (
    "accepted",
    "tentative",
    "offered",
    "waiting",
    "invited",
    "declined",
    "cancelled",
)


def by_answer(participant: Participant, name: str) -> tuple[int, str, str]:
    """Those who come first; those in line by their turn, the others by name, nameless last."""
    turn = participant.waiting_since.isoformat() if participant.waiting_since else sort_key(name or "\uffff")
    return _ORDER.index(participant.state), turn, participant.person_id


def opens_at(meeting: Meeting) -> datetime:
    """When those who come can begin to say so."""
    return meeting.starts_at - _EARLY


def closes_at(meeting: Meeting) -> datetime:
    return meeting.ends_at + _LATE


def with_code(meeting: Meeting) -> Meeting:
    """The code it has, or a new one: some 39 random bits. Idempotent.

    Raises:
        Conflict: the meeting is not held, or nobody is invited yet.

    """
    _require_held(meeting)
    if meeting.attendance_code:
        return meeting
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return meeting.model_copy(update={"attendance_code": code})


def record(room: Room, person_id: str, attended: bool | None, at: datetime) -> None:
    """None takes back what was noted. Idempotent.

    Raises:
        Conflict: the meeting is not held, or has not begun.
        NotFound: they are not on the list, or have left.

    """
    _require_held(room.meeting)
    if at < room.meeting.starts_at:
        raise refusals.MeetingHasNotBegun
    _note(room, person_id, attended)


def check_in(room: Room, person_id: str, code: str, at: datetime) -> None:
    """By somebody who is there and reads the code. Idempotent.

    Raises:
        Conflict: the meeting is not held, or not now.
        Invalid: it is not the code of this meeting.
        NotFound: they are not on the list, or have left.

    """
    meeting = room.meeting
    _require_held(meeting)
    if at < opens_at(meeting):
        raise refusals.TooEarlyToCheckIn(
            "It is too early: you can say that you are there from half an hour before it begins."
        )
    if at > closes_at(meeting):
        raise refusals.TooLateToCheckIn("The meeting is over. Tell whoever convened it that you were there.")
    if not meeting.attendance_code or not secrets.compare_digest(_read(code), meeting.attendance_code):
        raise Invalid(code=refusals.IsNotCodeOfMeeting())
    _note(room, person_id, attended=True)


def _read(code: str) -> str:
    """As people type it, with spaces and in small letters."""
    return "".join(letter for letter in code.upper() if letter in _LETTERS)


def _require_held(meeting: Meeting) -> None:
    if meeting.state == "cancelled":
        raise refusals.MeetingIsCancelled
    if meeting.state == "draft":
        raise refusals.NobodyIsInvited


def _note(room: Room, person_id: str, attended: bool | None) -> None:
    participant = room.participants.get(person_id)
    if participant is None or participant.state == "cancelled":
        raise refusals.NoSuchParticipant
    room.put(participant.model_copy(update={"attended": attended}))
