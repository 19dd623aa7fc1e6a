"""What of a person is in force on a day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any


def covers(period: Mapping[str, Any], day: date) -> bool:
    """Whether `since`–`until` (days as ISO text, open ends allowed) holds `day`."""
    since, until, text = period.get("since"), period.get("until"), day.isoformat()
    return (since is None or since <= text) and (until is None or text <= until)


def next_turn(person: Mapping[str, Any], day: date) -> date | None:
    """The next day after `day` on which a role or assignment is in force that was not the day before, or the
    other way round.
    """
    turns: list[date] = []
    for held in (*person["roles"], *person["assignments"]):
        if held["since"]:
            turns.append(date.fromisoformat(held["since"]))
        if held["until"] and held["until"] < date.max.isoformat():
            turns.append(date.fromisoformat(held["until"]) + timedelta(1))
    return min((turn for turn in turns if turn > day), default=None)


def role_codes(person: Mapping[str, Any], day: date) -> list[str]:
    """Roles and assignments in force on `day`, in the order they are kept."""
    held = (*person.get("roles", ()), *person.get("assignments", ()))
    return list(dict.fromkeys(each["code"] for each in held if covers(each, day)))


def held_codes(person: Mapping[str, Any], day: date) -> frozenset[str]:
    # Nearly all roles have no dates.
    if not has_dated_roles(person):
        return frozenset([each["code"] for each in (*person["roles"], *person["assignments"])])
    return frozenset(role_codes(person, day))


def has_dated_roles(person: Mapping[str, Any]) -> bool:
    held = (*person["roles"], *person["assignments"])
    return any(each["since"] or each["until"] for each in held)


def is_absent(person: Mapping[str, Any], day: date) -> bool:
    absence = person.get("absence")
    return bool(absence) and covers(absence, day)
