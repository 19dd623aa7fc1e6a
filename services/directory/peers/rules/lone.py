"""Who is the only one in a role at their agency, and when it is time to say so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.directory.people.rules.facts import RolesChanged
from shared.contracts.envelope import Trace

# An agency's records come in batches, and in the middle of a load everybody is alone for a moment. A card is
# mailed and can't be called back, so a role is looked at when the agency's feed has been quiet: so short that
# the card is there within a second of the record, and in a busy feed for all that within seconds.
QUIET = timedelta(milliseconds=300)
LATEST = timedelta(seconds=5)
# The first load is everybody's first and may take long; it waits for the other agencies' loads as well,
# because their people are the peers on the cards.
FIRST_QUIET = timedelta(seconds=3)
FIRST_LATEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Review:
    """Roles of an agency that changed hands, to be looked at."""

    id: Any
    agency: str
    roles: tuple[str, ...]
    at: datetime


def to_review(changed: Iterable[RolesChanged], specialist: frozenset[str]) -> dict[str, dict[str, Trace]]:
    """Agency to role to what caused the latest change of hands, for specialists' roles only."""
    found: dict[str, dict[str, Trace]] = {}
    for change in changed:
        for role in (change.before ^ change.after) & specialist:
            found.setdefault(change.agency, {})[role] = change.cause
    return found


def due(reviews: Sequence[Review], known: frozenset[str], now: datetime) -> list[str]:
    """The agencies whose reviews are to be settled now; `known` are those that were settled before."""
    by_agency: dict[str, list[datetime]] = {}
    for review in reviews:
        by_agency.setdefault(review.agency, []).append(review.at)
    latest_of_all = max((review.at for review in reviews), default=now)
    found: list[str] = []
    for agency, times in by_agency.items():
        if agency in known:
            is_due = now - max(times) >= QUIET or now - min(times) >= LATEST
        else:
            is_due = now - latest_of_all >= FIRST_QUIET or now - min(times) >= FIRST_LATEST
        if is_due:
            found.append(agency)
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the cards of one agency and role."""

    alone: str | None = None
    retire: tuple[str, ...] = ()


def settle(holders: Sequence[str], open_cards: Iterable[str]) -> Outcome:
    """Exactly one holder is alone; cards of anybody else are over. `alone` only where that is news."""
    alone = holders[0] if len(holders) == 1 else None
    cards = set(open_cards)
    return Outcome(
        alone=alone if alone and alone not in cards else None,
        retire=tuple(sorted(cards - {alone})),
    )


def fits(occasion: Mapping[str, Any], person: Mapping[str, Any], roles: Iterable[str], day: date) -> bool:
    """Whether a course has a seat and is meant for this person: by its audience and by how long they have
    been employed.
    """
    if occasion["taken"] >= occasion["seats"] or not _reaches(occasion["audience"], person, roles):
        return False
    shortest, longest = occasion.get("min_months"), occasion.get("max_months")
    if shortest is None and longest is None:
        return True
    if not person.get("employed_from"):
        return False
    months = _months(date.fromisoformat(person["employed_from"]), day)
    return (shortest is None or months >= shortest) and (longest is None or months <= longest)


def _reaches(audience: Mapping[str, Any], person: Mapping[str, Any], roles: Iterable[str]) -> bool:
    held = set(roles)
    return all(
        not audience.get(name) or not set(audience[name]).isdisjoint(mine)
        for name, mine in (
            ("roles", held),
            ("assignments", held),
            ("specialties", person["specialties"]),
            ("agencies", [person["agency"]]),
            ("places", [person["place"]]),
            ("groups", person["groups"]),
        )
    )


def _months(since: date, day: date) -> int:
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
