"""What the events service announces: meetings and who takes part in them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.types import Contract, OptionalText, Slug, State, Text, Version

Kind = Literal["network", "work_environment", "other"]
ParticipantState = Literal["invited", "accepted", "tentative", "declined", "waiting", "offered", "cancelled"]


Answers = Literal["open", "not_yet", "closed"]


def answers_at(opens_at: datetime | None, closes_at: datetime | None, at: datetime) -> Answers:
    """Whether a yes or a maybe is taken. A no is taken until the meeting begins."""
    if closes_at and at >= closes_at:
        return "closed"
    return "not_yet" if opens_at and at < opens_at else "open"


class Audience(Contract):
    """A rule that reaches people: any of each list, all lists that are not empty."""

    roles: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    agencies: tuple[Slug, ...] = ()
    places: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()


class Meeting(State):
    title: Text
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: OptionalText = ""
    video_url: str = ""
    capacity: Annotated[int, Field(ge=1)] | None = None
    taken: int = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    audience: Audience = Audience()
    group_id: str | None = None
    convenor_id: str
    convenor_agency: Slug
    cancelled: bool = False
    sequence: Version = 0


class Attendance(State):
    """One person's part in one meeting; its id is `<meeting>/<person>`."""

    meeting_id: str
    person_id: str
    agency: Slug
    state: ParticipantState
    attended: bool | None = None
