"""Who has met whom: agency by agency and month by month, and nothing about a few."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from services.events.models.documents import Meeting

# Fewer people than this are not counted out: one would soon know who they are. As for evaluations (C13).
FEW = 5
MONTHS = 12
_HOME = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that has been: its month and who came, person to agency."""

    month: str
    came: Mapping[str, str]


@dataclass
class Between:
    """Of two agencies: meetings where people of both came, and those people."""

    meetings: int = 0
    people: set[str] = field(default_factory=set[str])


@dataclass
class Month:
    meetings: int = 0
    people: set[str] = field(default_factory=set[str])
    first_met: int = 0
    """Pairs of people at different agencies who had not met before in the period."""


@dataclass(frozen=True, slots=True)
class Contacts:
    between: dict[tuple[str, str], Between]
    months: dict[str, Month]


def contacts(held: Iterable[Held], agency: str | None = None) -> Contacts:
    """Of the whole network, or of one agency with the others; `held` by time."""
    between: defaultdict[tuple[str, str], Between] = defaultdict(Between)
    months: defaultdict[str, Month] = defaultdict(Month)
    known: set[tuple[str, str]] = set()
    for meeting in held:
        by_agency: defaultdict[str, list[str]] = defaultdict(list)
        for person, slug in sorted(meeting.came.items()):
            by_agency[slug].append(person)
        if not by_agency or (agency and agency not in by_agency):
            continue
        month = months[meeting.month]
        month.meetings += 1
        month.people |= set(by_agency[agency] if agency else meeting.came)
        for one, other in combinations(sorted(by_agency), 2):
            if agency and agency not in (one, other):
                continue
            found = between[one, other]
            found.meetings += 1
            found.people.update(by_agency[one], by_agency[other])
            pairs = {(p, q) for p in by_agency[one] for q in by_agency[other]} - known
            known |= pairs
            month.first_met += len(pairs)
    return Contacts(dict(between), dict(months))


def told(count: int) -> int | None:
    """The number as it may be told: None for a few."""
    return None if 0 < count < FEW else count


def month_of(meeting: Meeting) -> str:
    """The month that it was in, where it was."""
    return f"{meeting.starts_at.astimezone(ZoneInfo(meeting.zone)):%Y-%m}"


def period(now: datetime) -> tuple[datetime, list[str]]:
    """The first instant and the months of the year until now, this month the last."""
    firsts = [now.astimezone(_HOME).replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts[-1], [f"{first:%Y-%m}" for first in reversed(firsts)]
