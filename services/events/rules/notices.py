"""Who is told what. What somebody is told follows from where they stood before and where they stand now, so
that nobody is told of what did not last, nor twice.
"""

from services.events.models.documents import LIVE, Meeting, Participant, Tell
from services.events.rules.meetings import edited_since


def of_change(before: Participant | None, after: Participant, place_in_line: int | None) -> Tell | None:
    """What a new state is worth telling; `after` has its new version."""
    was, now = before.state if before else None, after.state
    if was == now:
        return None
    kind = {
        "invited": "events.invited",
        "waiting": "events.place_waiting",
        "accepted": "events.place_given" if was == "waiting" else "events.place_confirmed",
    }.get(now)
    if kind is None:
        return None
    return Tell(
        person_id=after.person_id,
        kind=kind,
        version=after.version,
        state=now,
        place_in_line=place_in_line,
        late=after.late and now == "invited",
    )


def of_convenor(before: Meeting, after: Meeting, by: str | None) -> Tell | None:
    """To whoever convenes it from now on, unless it was they who took it over."""
    if after.convenor_id in {before.convenor_id, by}:
        return None
    return Tell(
        person_id=after.convenor_id,
        kind="events.convenor",
        version=after.revision,
        state="accepted",
        method=None,
    )


def of_meeting(meeting: Meeting, participant: Participant) -> Tell | None:
    """What a participant has not been told yet of the meeting's changes."""
    if participant.told_sequence >= meeting.sequence or participant.state not in LIVE:
        return None
    cancelled = meeting.state == "cancelled"
    return Tell(
        person_id=participant.person_id,
        kind="events.cancelled" if cancelled else "events.changed",
        version=meeting.sequence,
        state=participant.state,
        method="CANCEL" if cancelled else "REQUEST",
        changed=() if cancelled else edited_since(meeting, participant.told_sequence),
    )
