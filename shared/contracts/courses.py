"""What the courses service announces: occasions, enrolments and what they cost."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from shared.contracts.events import Audience
from shared.contracts.types import OptionalText, Slug, State, Text

CostKey = Literal["seat", "headcount", "equal", "host_free"]
EnrolmentState = Literal[
    "enrolled", "waiting", "offered", "awaiting_approval", "cancelled", "attended", "absent"
]


class Occasion(State):
    """One time a course is given."""

    course_id: str
    title: Text
    title_en: Text
    audience: Audience = Audience()
    min_months: int | None = None
    max_months: int | None = None
    days: tuple[date, ...]
    place: OptionalText = ""
    host: Slug | None = None
    seats: int
    taken: int = 0
    quotas: dict[str, int] = Field(default={})
    quotas_open_at: datetime | None = None
    cancel_until: datetime | None = None
    cost_ore: int = 0
    cost_key: CostKey = "seat"
    cancelled: bool = False


class Enrolment(State):
    """One person's seat, or place in line, on one occasion; its id is `<occasion>/<person>`."""

    occasion_id: str
    person_id: str
    agency: Slug
    state: EnrolmentState


class Settlement(State):
    """How the cost of one occasion falls on the agencies, in öre; the shares sum to the cost exactly."""

    occasion_id: str
    cost_ore: int
    cost_key: CostKey
    shares_ore: dict[str, int]
