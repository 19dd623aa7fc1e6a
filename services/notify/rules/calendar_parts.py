"""Which calendar objects go out: one meeting, and nothing that somebody has put between its lines."""

import re
from collections.abc import Iterator

from shared.contracts.notify import CalendarPart

# RFC 5545 3.1: only CRLF ends a line. What is folded goes on after a blank.
_BARE = re.compile(r"\r(?!\n)|(?<!\r)\n")
_LINE_END = re.compile(r"\r\n(?![ \t])")
_OBSERVANCE = frozenset({"DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME"})
# What each component may stand in, and what may be said in it.
_INSIDE = {
    "VCALENDAR": "",
    "VTIMEZONE": "VCALENDAR",
    "STANDARD": "VTIMEZONE",
    "DAYLIGHT": "VTIMEZONE",
    "VEVENT": "VCALENDAR",
}
_SAYS = {
    "VCALENDAR": frozenset({"PRODID", "VERSION", "METHOD", "CALSCALE"}),
    "VTIMEZONE": frozenset({"TZID"}),
    "STANDARD": _OBSERVANCE,
    "DAYLIGHT": _OBSERVANCE,
    "VEVENT": frozenset(
        {"UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "RECURRENCE-ID"}
        | {"RRULE", "RDATE", "EXDATE", "STATUS", "CLASS", "TRANSP", "ORGANIZER", "ATTENDEE"}
        | {"SUMMARY", "DESCRIPTION", "LOCATION", "URL", "CONFERENCE"}
    ),
}


def problems(part: CalendarPart) -> Iterator[str]:
    """Why it can't go out, by name; nothing of what it says is repeated."""
    if _BARE.search(part.ics):
        yield "data.calendar.ics has a line that does not end in CRLF"
        return
    if not part.ics.endswith("\r\n"):
        yield "data.calendar.ics is no iCalendar object"
        return
    said: list[tuple[str, str, str]] = []
    stack = [""]
    for line in _LINE_END.split(part.ics[:-2]):
        name, value = _read(line)
        if name == "BEGIN" and _INSIDE.get(value) == stack[-1] and (value != "VCALENDAR" or not said):
            stack.append(value)
        elif name == "END" and value == stack[-1] and value:
            stack.pop()
        elif name not in _SAYS.get(stack[-1], ()):
            yield "data.calendar.ics is no iCalendar object, or says more than an invitation does"
            return
        said.append((stack[-1], name, value))
    if stack != [""]:
        yield "data.calendar.ics is no iCalendar object"
        return
    if [value for _, name, value in said if name == "METHOD"] != [part.method]:
        # RFC 6047 2.4: the part's method and the object's must agree, or the mail program ignores it.
        yield f"data.calendar.ics does not say METHOD:{part.method}"
    if len({value for _, name, value in said if name == "UID"}) != 1:
        yield "data.calendar.ics is not about one meeting"


def _read(line: str) -> tuple[str, str]:
    name = re.split("[;:]", line, maxsplit=1)[0]
    return name.upper(), line[len(name) + 1 :]
