"""Documents about people: history, mentions, address claims and role turns."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

AuthorKind = Literal["feed", "person", "coordinator", "correction", "words"]


@dataclass(frozen=True, slots=True)
class Named:
    """A person where others mention them."""

    id: str
    display_name: str
    agency: str
    has_left: bool


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    before: Any = None
    after: Any = None
    has_values: bool = True
    """False for the protected: of them only the names of fields are kept."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    person_id: str
    version: int
    at: datetime
    kind: AuthorKind
    by: str | None
    reason: str
    subject: str | None
    correlation: str | None
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """The next moment at which a role of the person begins or ends; None where there is none."""

    person_id: str
    due_at: datetime | None
    since: date
    """The day on which the person's roles were looked at last."""


@dataclass(frozen=True, slots=True)
class AddressClaims:
    """People of one agency with addresses in another's domain, since the agency was told last."""

    people: frozenset[str]
    due_at: datetime
