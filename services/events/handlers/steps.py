"""What can be asked of one meeting. Every change of a meeting is one of these and goes through its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.events.models.documents import Meeting, Participant, Wish
from shared.auth import Caller
from shared.contracts.envelope import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Asked for at `at`, because of `trace`."""

    at: datetime
    trace: Trace

    @property
    def people(self) -> tuple[str, ...]:
        """Whose participation it is about."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfOne(Step):
    person_id: str

    @property
    def people(self) -> tuple[str, ...]:
        return (self.person_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_OfOne):
    caller: Caller
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(_OfOne):
    """Whether somebody came; None takes back what was noted."""

    caller: Caller
    attended: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn(_OfOne):
    """Somebody says that they are there, by the code that is shown there."""

    caller: Caller
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveCode(Step):
    """Give the meeting a code for those who come, where it has none."""

    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Step):
    """`revision` is the one that was read (If-Match)."""

    caller: Caller
    revision: str
    wanted: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze(Step):
    """Freeze the list and have everybody on it invited."""

    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Step):
    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(Step):
    invited: tuple[str, ...]
    late: bool

    @property
    def people(self) -> tuple[str, ...]:
        return self.invited


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(_OfOne):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Step):
    leaver_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindHost(Step):
    """The convenor's agency has left: another that takes part convenes it from now on, or it is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellChanges(Step):
    """Tell some of those who have not been told of the latest change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote(Step):
    """Go on giving free seats to the line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How things stand after the step; `more`: the same again has more to do."""

    meeting: Meeting
    participant: Participant | None = None
    place_in_line: int | None = None
    more: bool = False
