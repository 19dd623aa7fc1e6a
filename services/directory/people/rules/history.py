"""What changed about a person, by whom and why."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.directory.people.models import AuthorKind, FieldChange
from services.directory.people.rules.fields import OWN_FIELDS

# What says nothing to a person, or follows from what is noted already.
_LEFT_OUT = frozenset(
    {
        *("_id", "version", "public", "gone_at", "feed_version", "record"),
        *("versions", "arrived", "generation", "succeeded_by"),
        *("unmapped", "corrected", "own", "display_name"),
    }
)


class Author(NamedTuple):
    """Who changed a person: their agency's feed, they themselves, their coordinator, their coordinator by
    accepting a correction (`subject`), or a new reading of the agency's own words.
    """

    kind: AuthorKind
    person_id: str | None = None
    reason: str = ""
    subject: str | None = None

    @property
    def is_colleague(self) -> bool:
        """Somebody of flesh and blood who is not the person: of this they are told."""
        return self.kind in {"coordinator", "correction"}


FEED, WORDS = Author("feed"), Author("words")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Each changed field with both values, by name; of somebody protected the names alone."""
    changed = sorted(
        name
        for name in after.keys() | OWN_FIELDS
        if name not in _LEFT_OUT and before.get(name) != after.get(name)
    )
    if after["protected"] or before["protected"]:
        return tuple(FieldChange(name, has_values=False) for name in changed)
    return tuple(FieldChange(name, before.get(name), after.get(name)) for name in changed)
