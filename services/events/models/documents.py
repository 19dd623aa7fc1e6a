"""The documents of the service. Neither holds anybody's name: those are looked up when they are needed."""

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import Audience, Kind, ParticipantState

MeetingState = Literal["draft", "invited", "cancelled"]
Wish = Literal["accepted", "tentative", "declined"]

SEATED: frozenset[ParticipantState] = frozenset({"accepted"})
COMING: frozenset[ParticipantState] = frozenset({"accepted", "tentative", "waiting"})
LIVE: frozenset[ParticipantState] = frozenset({"invited", "accepted", "tentative", "waiting"})


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    version: int
    deleted: bool = False


class Edit(BaseModel):
    """What one rise of SEQUENCE was about."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    fields: tuple[str, ...]


class Reminder(BaseModel):
    """How long before the meeting: days, at the time that the meeting begins or at `at` (HH:MM), both by the
    clock where the meeting is; or minutes, elapsed.
    """

    model_config = ConfigDict(frozen=True)

    days_before: int | None = None
    at: str | None = None
    minutes_before: int | None = None


REMINDERS = (Reminder(days_before=7), Reminder(days_before=1))


class Meeting(_Document):
    """`revision` counts what its convenor changed, `sequence` what the calendar shows (RFC 5545 3.8.7.4),
    `version` what is announced: seats that come and go raise it as well. Whoever knows `attendance_code` may
    say that they are there.
    """

    title: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str = ""
    video_url: str = ""
    capacity: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    audience: Audience = Audience()
    group_id: str | None = None
    convenor_id: str
    convenor_agency: str
    needs_convenor: bool = False
    reminders: tuple[Reminder, ...] = REMINDERS
    follow_up: bool = True
    attendance_code: str = ""
    state: MeetingState = "draft"
    listed: int = 0
    taken: int = 0
    counts: dict[str, int] = {}
    sequence: int = 0
    revision: int = 1
    edits: tuple[Edit, ...] = ()
    created_at: datetime
    changed_at: datetime

    @property
    def is_announced(self) -> bool:
        """Whether anybody has been invited: until then it is a draft, or was, and nobody else's business."""
        return self.listed > 0

    @property
    def subject(self) -> str:
        return f"meeting/{self.id}"

    @property
    def free(self) -> int | None:
        """Seats left; None where there is no limit."""
        return None if self.capacity is None else self.capacity - self.taken


class Participant(_Document):
    """One person's part in one meeting. `told_sequence` is the meeting's highest SEQUENCE that they have been
    told of, `own_sequence` how often SEQUENCE rose for them alone, `stamped_at` the last DTSTAMP sent.
    """

    meeting_id: str
    person_id: str
    agency: str
    state: ParticipantState
    late: bool = False
    attended: bool | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    invited_at: datetime
    told_sequence: int = 0
    own_sequence: int = 0
    stamped_at: datetime | None = None

    @property
    def turn(self) -> tuple[datetime, str]:
        """Where they stand in line: by time, ties by id."""
        return (self.waiting_since or self.invited_at, self.person_id)

    def stamped(self, at: datetime) -> Self:
        """About to be sent a calendar object, with a later DTSTAMP than the last: it shows whole seconds."""
        stamp = at.replace(microsecond=0)
        if self.stamped_at:
            stamp = max(stamp, self.stamped_at + timedelta(seconds=1))
        return self.model_copy(update={"stamped_at": stamp})


def participant_id(meeting_id: str, person_id: str) -> str:
    return f"{meeting_id}/{person_id}"


class Tell(BaseModel):
    """Somebody is to be told; the words and the calendar part are made of the meeting as it then is. Without
    a method there is no calendar part; unless said otherwise nothing is told once the meeting has begun.
    """

    model_config = ConfigDict(frozen=True)

    person_id: str
    kind: str
    version: int
    state: ParticipantState
    method: Literal["REQUEST", "CANCEL"] | None = "REQUEST"
    not_after: datetime | None = None
    place_in_line: int | None = None
    coming: int | None = None
    late: bool = False
    changed: tuple[str, ...] = ()


class Departure(BaseModel):
    """Somebody who took part left, and perhaps somebody else got the place."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    promoted_id: str | None = None


class MeetingQuery(BaseModel):
    """Which of the meetings that somebody may see; None is any."""

    model_config = ConfigDict(frozen=True)

    starts_from: datetime | None = None
    starts_before: datetime | None = None
    kind: Kind | None = None
    state: MeetingState | None = None
    latest_first: bool = False


class OwnMeetings(BaseModel):
    """Whose drafts somebody sees: all of an agency's, or their own."""

    model_config = ConfigDict(frozen=True)

    agency: str | None = None
    convenor_id: str | None = None


class ParticipantQuery(BaseModel):
    """Which of a meeting's participants; None is any."""

    model_config = ConfigDict(frozen=True)

    meeting_id: str
    agency: str | None = None
    person_id: str | None = None
    state: ParticipantState | None = None
