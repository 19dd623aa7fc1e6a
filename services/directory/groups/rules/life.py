"""A group's life: always an owner, structure when it has earned it, a nudge when it has fallen asleep."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from services.directory.groups import refusals
from services.directory.worktime import after_working_days
from shared.errors import WrongField

Group = Mapping[str, Any]
Ownership = Literal["fine", "ask", "hand_over", "wait"]
Reason = Literal["age", "activity"]
# Members may take over from an owner who is gone; after so many working days somebody has to.
DAYS_TO_TAKE_OVER = 5
GROWN_UP, QUIET = timedelta(days=365), timedelta(days=180)
_LOOK_AGAIN, _LOOK_SOON = timedelta(days=7), timedelta(days=1)
_ALIVE, _MANY, _AGENCIES, _MEETINGS = 3, 10, 3, 6
# Before all times, so before any clock's now.
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


class Activity(NamedTuple):
    """`meetings` of the past year; `last_at` is when anything last happened."""

    members: int
    agencies: int
    meetings: int
    last_at: datetime


def begun(now: datetime) -> dict[str, Any]:
    """What a group that is just started has beside its name and members."""
    return {
        "stage": "informal",
        "mandate": "",
        "convenor_id": None,
        "active_at": now,
        "due_at": now + _LOOK_AGAIN,
    }


def owner_is_gone(group: Group) -> bool:
    return group["owner_id"] is None or group["owner_id"] in group["withheld"]


def ownership(group: Group, now: datetime) -> Ownership:
    if not owner_is_gone(group):
        return "fine"
    if not group["members"]:
        return "wait"
    if _convenor(group):
        return "hand_over"
    if (since := group.get("owner_wanted_since")) is None:
        return "ask"
    return "hand_over" if now >= after_working_days(since, DAYS_TO_TAKE_OVER) else "wait"


def heir(group: Group) -> str:
    """The convenor, or who has been in it the longest. Only of a group with members who may be seen."""
    return _convenor(group) or group["members"][0]


def _convenor(group: Group) -> str | None:
    convenor = group.get("convenor_id")
    return convenor if convenor in group["members"] else None


def earned(group: Group, activity: Activity, now: datetime) -> Reason | None:
    """Why it should have a mandate, a convenor and a decision log; None where it need not, or not again."""
    if group.get("stage", "informal") == "structured" or group.get("proposed_at"):
        return None
    if (again := group.get("ask_again_at")) and now < again:
        return None
    if activity.meetings >= _MEETINGS or (activity.members >= _MANY and activity.agencies >= _AGENCIES):
        return "activity"
    old = now - group["created_at"] >= GROWN_UP
    return "age" if old and activity.members >= _ALIVE and now - activity.last_at < QUIET else None


def is_asleep(group: Group, activity: Activity, now: datetime) -> bool:
    """Nothing has happened for half a year, nor has its owner been asked about it for as long."""
    return now - max(activity.last_at, group.get("nudged_at") or AT_ONCE) >= QUIET


def looked_after(group: Group, now: datetime) -> dict[str, Any]:
    soon = group["members"] and owner_is_gone(group)
    return {**group, "due_at": now + (_LOOK_SOON if soon else _LOOK_AGAIN)}


def with_stage(group: Group, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The changes with what follows from them: a proposal is answered, yes or not yet."""
    after = dict(changes)
    if "stage" in changes and group.get("proposed_at"):
        after.update(proposed_at=None, proposed_because=None)
        if changes["stage"] == "informal":
            after["ask_again_at"] = now + GROWN_UP
    return after


def lacking(group: Group) -> dict[str, WrongField]:
    """What a group with structure must have and does not."""
    if group.get("stage", "informal") != "structured":
        return {}
    wrong: dict[str, WrongField] = {}
    if not group.get("mandate"):
        wrong["mandate"] = refusals.MandateIsMissing()
    if not _convenor(group):
        wrong["convenor_id"] = refusals.IsNotVisibleMember()
    return wrong
