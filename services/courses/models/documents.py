"""The service's own documents. Money is integer öre; days are the Swedish calendar's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from shared.contracts import courses as published
from shared.contracts.courses import CostKey, EnrolmentState
from shared.contracts.events import Audience
from shared.contracts.types import OptionalText, Slug, State, Text

ZONE = ZoneInfo("Europe/Stockholm")
ACTIVE: tuple[EnrolmentState, ...] = ("enrolled", "waiting")
SEATED: tuple[EnrolmentState, ...] = ("enrolled", "attended", "absent")


def day_of(now: datetime) -> date:
    """The day in Sweden."""
    return now.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


class Course(State):
    """`agency` made it and is the only one to change it."""

    agency: Slug
    title: Text
    title_en: Text
    description: str = ""
    audience: Audience = Audience()
    min_months: int | None = None
    max_months: int | None = None
    training_days: float = 0

    @property
    def has_tenure_rule(self) -> bool:
        return self.min_months is not None or self.max_months is not None


class Occasion(State):
    """`edition` rises with what somebody edits, `version` with everything: a booking must not make an
    editor's If-Match fail.
    """

    course_id: str
    host: Slug
    title: Text
    title_en: Text
    audience: Audience = Audience()
    min_months: int | None = None
    max_months: int | None = None
    days: tuple[date, ...]
    place: OptionalText = ""
    seats: int
    minimum: int = 1
    quotas: dict[str, int] = Field(default={})
    quotas_open_at: datetime | None = None
    decision_at: datetime | None = None
    cancel_until: datetime | None = None
    cost_ore: int = 0
    cost_key: CostKey = "seat"
    cancelled: bool = False
    edition: int = 1
    taken_by_agency: dict[str, int] = Field(default={})
    waiting: int = 0
    last_in_line: int = 0
    quotas_opened: bool = False
    quotas_due: datetime | None = Field(default=None, description="When the timer is to open the quotas")
    settle_due: date | None = Field(default=None, description="After which day the cost is to be settled")

    @property
    def first_day(self) -> date:
        return min(self.days)

    @property
    def last_day(self) -> date:
        return max(self.days)

    @property
    def starts_at(self) -> datetime:
        return start_of(self.first_day)

    @property
    def taken(self) -> int:
        return sum(self.taken_by_agency.values())

    @property
    def last_day_to_cancel(self) -> date | None:
        """The whole of it: people are told the day, never an hour."""
        return day_of(self.cancel_until) if self.cancel_until else None

    def over(self, now: datetime) -> bool:
        return day_of(now) > self.last_day

    def begun(self, now: datetime) -> bool:
        return now >= self.starts_at

    def published(self) -> published.Occasion:
        return published.Occasion.model_validate({**dict(self), "taken": self.taken}, strict=False)


class Enrolment(State):
    """One person's part in one occasion, without a name: that may have to be forgotten. `line` orders those
    who wait.
    """

    occasion_id: str
    course_id: str
    person_id: str
    agency: Slug
    state: EnrolmentState
    line: int = 0
    first_day: date
    changed_at: datetime

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    def published(self) -> published.Enrolment:
        return published.Enrolment.model_validate(dict(self), strict=False)


def enrolment_id(occasion_id: str, person_id: str) -> str:
    return f"{occasion_id}/{person_id}"


class Settlement(State):
    """How an occasion's cost fell on the agencies, once and for all; its id is the occasion's."""

    occasion_id: str
    course_id: str
    title: Text
    title_en: Text
    host: Slug
    first_day: date
    last_day: date
    cost_ore: int
    cost_key: CostKey
    shares_ore: dict[str, int]
    seats: dict[str, int]
    agencies: tuple[str, ...]
    settled_at: datetime

    def published(self) -> published.Settlement:
        return published.Settlement.model_validate(dict(self), strict=False)


class Baseline(State):
    """What it would have cost an agency to give its people one occasion of the course alone, as that agency
    itself has signed it. Its id is `<course>/<agency>`.
    """

    course_id: str
    agency: Slug
    low_ore: int
    high_ore: int
    basis: OptionalText = ""
    signed_by: str
    signed_at: datetime
