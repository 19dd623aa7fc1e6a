"""Which day it is, and what is in force on it."""

from collections.abc import Mapping
from datetime import date, datetime
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


def role_codes(person: Mapping[str, Any], day: date) -> list[str]:
    """Roles and assignments in force on `day`, in the order they are kept."""
    held = (*person.get("roles", ()), *person.get("assignments", ()))
    return list(dict.fromkeys(each["code"] for each in held if covers(each, day)))


def is_absent(person: Mapping[str, Any], day: date) -> bool:
    absence = person.get("absence")
    return bool(absence) and covers(absence, day)
