"""What is told before a meeting and after it, when, and to whom (E22)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.events import refusals
from services.events.models.documents import Meeting, Participant, Reminder, Tell
from shared.contracts.events import ParticipantState, answers_at
from shared.errors import WrongField
from shared.moments import Moment, by_instant, by_wall

BEFORE = "before "
RECORD = "record attendance"
THANK = "thank"
_MORNING = time(9)
# After so long a standstill nobody needs to be thanked any more.
_STALE = timedelta(days=14)
# A clock may be set by mistake, and set right again.
_MISTAKEN = timedelta(days=2)

ASKED: Sequence[ParticipantState] = ("accepted", "tentative", "invited")
THANKED: Sequence[ParticipantState] = ("accepted", "tentative", "waiting", "invited", "declined")


def moments(meeting: Meeting, now: datetime) -> list[Moment]:
    """All that is still to come. None of a draft, and none of what is cancelled."""
    if meeting.state != "invited":
        return []
    found = [*_before(meeting), *(_afterwards(meeting) if meeting.follow_up else ())]
    return [moment for moment in found if moment.due > now]


def _before(meeting: Meeting) -> list[Moment]:
    return [_moment(meeting, reminder) for reminder in meeting.reminders]


def _moment(meeting: Meeting, reminder: Reminder) -> Moment:
    if reminder.days_before is None:
        minutes = reminder.minutes_before or 0
        due = meeting.starts_at - timedelta(minutes=minutes)
        return by_instant(f"{BEFORE}{minutes} min", due, meeting.zone)
    start = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    day = start.date() - timedelta(days=reminder.days_before)
    at = time.fromisoformat(reminder.at) if reminder.at else start.time()
    name = f"{BEFORE}{reminder.days_before} d {reminder.at or ''}".rstrip()
    return by_wall(name, datetime.combine(day, at), meeting.zone)


def _afterwards(meeting: Meeting) -> list[Moment]:
    following = meeting.ends_at.astimezone(ZoneInfo(meeting.zone)).date() + timedelta(days=1)
    return [
        by_instant(RECORD, meeting.ends_at, meeting.zone),
        by_wall(THANK, datetime.combine(following, _MORNING), meeting.zone),
    ]


def problems(meeting: Meeting) -> dict[str, WrongField]:
    found: dict[str, WrongField] = {}
    seen: set[datetime] = set()
    for position, moment in enumerate(_before(meeting)):
        if moment.due >= meeting.starts_at:
            found[f"reminders.{position}"] = refusals.ReminderIsTooLate()
        elif moment.due in seen:
            found[f"reminders.{position}"] = refusals.ReminderIsRepeated()
        seen.add(moment.due)
    return found


def is_pointless(meeting: Meeting, name: str, due: datetime, now: datetime) -> bool:
    """It began long ago; or a later reminder is due as well, after a standstill, and one of them will do."""
    if meeting.state != "invited":
        return True
    if not name.startswith(BEFORE):
        return now > due + _STALE
    overtaken = any(due < moment.due <= now for moment in _before(meeting))
    return overtaken or now >= meeting.starts_at + _MISTAKEN


def is_too_late(meeting: Meeting, name: str, now: datetime) -> bool:
    """By this clock the meeting has begun, so nobody is reminded of it."""
    return name.startswith(BEFORE) and now >= meeting.starts_at


def remind(meeting: Meeting, participant: Participant, version: int, now: datetime) -> Tell | None:
    """Whoever is coming, or may be. Whoever has not answered is asked, for as long as an answer is taken, and
    gets the invitation along so that the calendar can answer.
    """
    if participant.state == "invited":
        if answers_at(meeting.opens_at, meeting.closes_at, now) != "open":
            return None
        return _tell("events.answer_wanted", participant, version, "REQUEST", meeting.closes_at)
    return _tell("events.reminder", participant, version)


def thank(meeting: Meeting, participant: Participant, version: int) -> Tell | None:
    """Whoever was there; where nobody has written that down, whoever had said they would be."""
    if not (participant.state == "accepted" if participant.attended is None else participant.attended):
        return None
    return _tell("events.thanks", participant, version, None, meeting.ends_at + _STALE)


def ask_to_record(meeting: Meeting, version: int) -> Tell:
    return Tell(
        person_id=meeting.convenor_id,
        kind="events.record_attendance",
        version=version,
        state="accepted",
        method=None,
        not_after=meeting.ends_at + _STALE,
        coming=meeting.counts.get("accepted", 0),
    )


def _tell(
    kind: str,
    participant: Participant,
    version: int,
    method: str | None = None,
    not_after: datetime | None = None,
) -> Tell:
    return Tell.model_validate(
        {
            "person_id": participant.person_id,
            "kind": kind,
            "version": version,
            "state": participant.state,
            "method": method,
            "not_after": not_after,
        }
    )
