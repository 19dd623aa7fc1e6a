from __future__ import annotations

from datetime import date, datetime

from icalendar import Calendar

_FIELDS = {
    "meeting": "SUMMARY",
    "begins": "DTSTART",
    "ends": "DTEND",
    "place": "LOCATION",
    "organizer": "ORGANIZER",
    "status": "STATUS",
    "uid": "UID",
    "sequence": "SEQUENCE",
}


def summary(calendar: str) -> dict[str, str] | None:
    """What an invitation says, by the names in `texts`; None if it can't be understood."""
    try:
        parsed = Calendar.from_ical(calendar)
        event = next(iter(parsed.walk("VEVENT")), None)
        if event is None:
            return None
        fields = {name: _said(event[key]) for name, key in _FIELDS.items() if key in event}
    except (ValueError, IndexError, KeyError):
        return None
    return {"method": str(parsed.get("METHOD", "")), **fields}


def _said(value: object) -> str:
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M} {moment.tzinfo or ''}".strip()
    if isinstance(moment, date):
        return moment.isoformat()
    return str(value).removeprefix("mailto:")
