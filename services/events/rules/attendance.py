"""Who came, as the convenor's sign-in sheet says it (E21)."""

from datetime import datetime

from services.events.rules.seats import Room
from shared.errors import Conflict, NotFound


def record(room: Room, person_id: str, attended: bool | None, at: datetime) -> None:
    """None takes back what was noted. Idempotent.

    Raises:
        Conflict: the meeting is not held, or has not begun.
        NotFound: they are not on the list, or have left.

    """
    meeting, participant = room.meeting, room.participants.get(person_id)
    if meeting.state == "cancelled":
        raise Conflict("The meeting is cancelled.")
    if meeting.state == "draft" or at < meeting.starts_at:
        raise Conflict("The meeting has not begun: nobody can have come yet.")
    if participant is None or participant.state == "cancelled":
        raise NotFound("There is no such participant.")
    room.put(participant.model_copy(update={"attended": attended}))
