"""What changed about a person when they were saved; services/directory/reactions.py names who reacts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.directory.people.rules.days import held_codes
from services.directory.people.rules.history import Author
from services.directory.people.rules.visibility import is_visible
from shared.contracts.envelope import Trace

Person = Mapping[str, Any]
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PersonEdited:
    """One person before and after."""

    before: Person
    after: Person
    by: Author
    cause: Trace


@dataclass(frozen=True, slots=True)
class RolesChanged:
    """The roles and assignments of a person, before and after; none while others may not see the person."""

    agency: str
    person_id: str
    before: frozenset[str]
    after: frozenset[str]
    cause: Trace = field(default_factory=Trace)


@dataclass(frozen=True, slots=True)
class VisibilityChanged:
    """Others may see the person from now on, or may not any more (left, protected)."""

    person_id: str
    groups: Sequence[str]
    visible: bool
    cause: Trace = field(default_factory=Trace)


Fact = PersonEdited | RolesChanged | VisibilityChanged


def facts(before: Person | None, after: Person, by: Author, cause: Trace, day: date) -> Iterator[Fact]:
    was, is_ = before is not None and is_visible(before), is_visible(after)
    held_before = held_codes(before, day) if before and was else _NONE
    held_after = held_codes(after, day) if is_ else _NONE
    if held_before != held_after:
        yield RolesChanged(after["agency"], after["_id"], held_before, held_after, cause)
    if before is None:
        return
    if after["version"] > before["version"]:
        yield PersonEdited(before, after, by, cause)
    if was != is_:
        yield VisibilityChanged(after["_id"], after["groups"], is_, cause)
