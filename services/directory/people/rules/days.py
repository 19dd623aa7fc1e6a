"""Which day it is, and what is in force on it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_SWEDEN = ZoneInfo("Europe/Stockholm")


def today(now: datetime) -> date:
    """The day in Sweden: roles begin and end at its midnight."""
    return now.astimezone(_SWEDEN).date()


def covers(period: Mapping[str, Any], day: date) -> bool:
    """Whether `since`–`until` (days as ISO text, open ends allowed) holds `day`."""
    since, until, text = period.get("since"), period.get("until"), day.isoformat()
    return (since is None or since <= text) and (until is None or text <= until)


def midnight(day: date) -> datetime:
    """When the day begins in Sweden, where every agency is."""
    return datetime.combine(day, time(), _SWEDEN)


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


def is_absent(person: Mapping[str, Any], day: date) -> bool:
    absence = person.get("absence")
    return bool(absence) and covers(absence, day)
