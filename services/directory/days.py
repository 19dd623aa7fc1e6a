"""Which day it is in Sweden, where every agency is."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

_SWEDEN = ZoneInfo("Europe/Stockholm")


def today(now: datetime) -> date:
    """Roles begin and end at its midnight."""
    return now.astimezone(_SWEDEN).date()


def midnight(day: date) -> datetime:
    """When the day begins."""
    return datetime.combine(day, time(), _SWEDEN)
