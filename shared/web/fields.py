"""What bodies and answers are made of: strict types, unknown fields refused."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from shared.contracts.types import OptionalLine
from shared.wrong_fields import IsNotInstant, IsOutsideCalendar

Item = TypeVar("Item")
_HOME = ZoneInfo("Europe/Stockholm")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\s*[-+]?[\d._]+(e[-+]?\d+)?\s*", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1900, 9990


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)


def _text_only(value: Any) -> Any:
    # Pydantic would take "1764000000" for seconds since 1970.
    if isinstance(value, date) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise IsNotInstant("should be text as in RFC 3339, such as 2026-11-25 or 2026-11-25T09:00:00Z")


def _end_of_day(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        return datetime.combine(date.fromisoformat(value), time(23, 59, 59), _HOME)
    except ValueError:
        return value


def _within_reach(value: datetime) -> datetime:
    # At the calendar's ends, another zone's clock or a day more is beyond them.
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise IsOutsideCalendar(f"must be between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
PHONE = r"^[0-9+()\-./ ]*$"
# JSON has neither days nor instants: these two are read from text, and from nothing else.
Instant = Annotated[
    AwareDatetime, BeforeValidator(_text_only), AfterValidator(_within_reach), Field(strict=False)
]
# The last moment for something: of a day alone, its last one in the network's zone.
Deadline = Annotated[
    AwareDatetime,
    BeforeValidator(_text_only),
    BeforeValidator(_end_of_day),
    AfterValidator(_within_reach),
    Field(strict=False),
    WithJsonSchema({"anyOf": [{"type": "string", "format": f} for f in ("date-time", "date")]}),
]
Day = Annotated[date, BeforeValidator(_text_only), Field(strict=False)]
Id = Annotated[
    str,
    Path(
        pattern=ID,
        examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"],
    ),
]
# Of a link that is its own proof: 256 random bits, as base64url.
Secret = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9_-]{43}$",
        description="From the link / Från länken",
        examples=["6vJw0oW3l2Yk8mQ1x7Zt4cR9sB5nD0fGhJkLpOiUyTe"],
    ),
]
# Query text is searched for, shown or matched, and none of that needs control characters.
Words = Annotated[str, Query(max_length=200), OptionalLine]


Limit = Annotated[int, Query(ge=1, le=100, description="Items a page / Antal per sida")]
Number = Annotated[int, Query(ge=1, le=10_000, description="From 1 / Från 1")]


class Paging:
    """`limit` (1–100, 20 unless told) and `page` (from 1)."""

    def __init__(self, request: Request, limit: int, page: int) -> None:
        self.limit = limit
        self.page = page
        self._request = request

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    @property
    def fetch(self) -> int:
        """One more than is shown tells whether there is a next page, without counting."""
        return self.limit + 1

    def of(self, items: list[Item]) -> dict[str, Any]:
        """`items` holds up to `fetch` of what comes after `offset`."""
        following = None
        if len(items) > self.limit:
            query = [(k, v) for k, v in self._request.query_params.multi_items() if k != "page"]
            following = f"{self._request.url.path}?{urlencode([*query, ('page', str(self.page + 1))])}"
        return {"items": items[: self.limit], "page": self.page, "limit": self.limit, "next": following}


class Page(Answer, Generic[Item]):
    items: list[Item]
    page: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    next: str | None = Field(default=None, description="The next page / Nästa sida", examples=[None])


def etag(version: int) -> str:
    return f'"{version}"'
