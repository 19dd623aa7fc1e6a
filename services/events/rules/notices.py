"""Who is told what. What somebody is told follows from where they stood before and where they stand now, so
that nobody is told of what did not last, nor twice.
"""

from datetime import datetime

from services.events.models.documents import LIVE, Meeting, Participant, Tell
from services.events.rules.meetings import edited_since
from shared.contracts.events import ParticipantState

_KINDS: dict[ParticipantState, str] = {
    "invited": "events.invited",
    "waiting": "events.place_waiting",
    "accepted": "events.place_confirmed",
    "tentative": "events.tentative",
    "declined": "events.declined",
}


def of_change(before: Participant | None, after: Participant, place_in_line: int | None) -> Tell | None:
    """What a new state is worth telling; `after` has its new version."""
    was, now = before.state if before else None, after.state
    if was == now or now not in _KINDS:
        return None
    return Tell(
        person_id=after.person_id,
        kind="events.place_given" if (was, now) == ("waiting", "accepted") else _KINDS[now],
        version=after.version,
        state=now,
        method="CANCEL" if now == "declined" else "REQUEST",
        place_in_line=place_in_line,
        late=after.late and now == "invited",
    )


def in_calendar(before: Participant | None, after: Participant, at: datetime) -> Participant:
    """With the SEQUENCE and the DTSTAMP of what they are sent because of the change, if anything. Each is
    newer than the last (RFC 5546 2.1.5), whatever the clock does. A no takes the meeting out of the calendar,
    and a later yes puts it back: SEQUENCE rises for both, or programs take the yes for older than the no.
    """
    if before and (before.state, before.told_sequence) == (after.state, after.told_sequence):
        return after
    was_no, is_no = before is not None and before.state == "declined", after.state == "declined"
    if was_no != is_no:
        after = after.model_copy(update={"own_sequence": after.own_sequence + 1})
    return after.stamped(at)


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
