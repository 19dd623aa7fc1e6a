"""What the service announces of its documents."""

from services.events.models.documents import Meeting, Participant
from shared.consuming.states import Source, from_document
from shared.contracts import events
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS
from shared.mongo import Document


def meeting(document: Meeting) -> events.Meeting | None:
    """None until somebody has been invited."""
    if not document.is_announced:
        return None
    state = document.model_dump(include=set(events.Meeting.model_fields))
    return events.Meeting.model_validate({**state, "cancelled": document.state == "cancelled"}, strict=False)


def attendance(document: Participant) -> events.Attendance:
    state = document.model_dump(include=set(events.Attendance.model_fields))
    return events.Attendance.model_validate(state, strict=False)


def _meeting(document: Document) -> events.Meeting | None:
    return meeting(from_document(Meeting, document))


def _attendance(document: Document) -> events.Attendance:
    return attendance(from_document(Participant, document))


SOURCES = (
    Source(EVENTS_MEETINGS, "meetings", _meeting),
    Source(EVENTS_ATTENDANCE, "participants", _attendance),
)
