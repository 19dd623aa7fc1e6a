"""What is left of somebody who was erased: a marker that keeps an old record from bringing them back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

# What their agency's system would say of nobody in particular.
NOBODY = b'{"employee_id":"-","version":0,"status":"left","given_name":"-","family_name":"-"}'
_KEPT = ("_id", "agency", "deleted", "public", "feed_version", "versions", "generation", "succeeded_by")


def blank(person: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The person as nobody: every field of theirs is empty, and others hear that they are gone."""
    emptied = {name: _empty(value) for name, value in person.items() if name not in _KEPT}
    kept = {name: person[name] for name in _KEPT if name in person}
    marks = {
        "version": person["version"] + 1,
        "status": "left",
        "protected": True,
        "email": None,
        "record": NOBODY,
    }
    return {**emptied, **kept, **marks, **({"gone_at": now} if person["public"] else {})}


def _empty(value: Any) -> Any:
    for kind in (str, list, dict):
        if isinstance(value, kind):
            return kind()
    return None


def no_group(now: datetime) -> dict[str, Any]:
    """What becomes of a group that nobody is in any more."""
    words = dict.fromkeys(("name", "sort_name", "purpose", "mandate"), "")
    return {**words, "deleted": True, "gone_at": now, "owner_id": None, "convenor_id": None, "due_at": None}


def without(group: Mapping[str, Any], person_id: str) -> dict[str, Any]:
    """The group as if the person had never been in it."""
    after = dict(group)
    for name in ("members", "withheld"):
        after[name] = [id_ for id_ in group[name] if id_ != person_id]
    for name in ("owner_id", "convenor_id"):
        if group.get(name) == person_id:
            after[name] = None
    return after
