"""A practice's life: reviewed in time, adopted by other agencies, changed under their eyes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from services.directory.worktime import ZONE

Practice = Mapping[str, Any]
REVIEWED_EVERY = timedelta(days=365)
# Nobody reviews it: once a month, three times, and then no more.
REMIND_AGAIN, REMINDERS = timedelta(days=30), 3
# What an adopter is told of; an owner or a review date is the agency's own affair.
CONTENT = ("title", "topic", "text")


def due(review_on: date) -> datetime:
    """The reminder goes out on the morning of the day."""
    return datetime.combine(review_on, time(8), ZONE)


def changed(
    practice: Practice, changes: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The practice after, and which parts of its content are new."""
    after = {**practice, **changes}
    content = tuple(name for name in CONTENT if after[name] != practice[name])
    if content:
        after["content_version"] = practice["content_version"] + 1
        after["changed_at"] = now
    if after["review_on"] != practice["review_on"]:
        after.update(reminders=0, due_at=due(date.fromisoformat(after["review_on"])))
    if after["withdrawn"]:
        after.pop("due_at", None)
    elif practice["withdrawn"]:
        after["due_at"] = due(date.fromisoformat(after["review_on"]))
    if after != practice:
        after["version"] = practice["version"] + 1
    return after, content


def reminded(practice: Practice, now: datetime) -> dict[str, Any]:
    after = {**practice, "reminders": practice["reminders"] + 1, "version": practice["version"] + 1}
    if after["reminders"] < REMINDERS:
        after["due_at"] = now + REMIND_AGAIN
    else:
        after.pop("due_at", None)
    return after


def is_behind(practice: Practice, original: Practice | None) -> bool:
    """The original has changed since this agency last looked at it."""
    adopted = practice["adopted_from"]
    return bool(adopted and original and original["content_version"] > adopted["content_version"])


def chain(practice: Practice, known: Mapping[str, Practice]) -> list[Practice]:
    """Whom it came from, the first first, as far as `known` goes."""
    found: list[Practice] = []
    adopted = practice["adopted_from"]
    while adopted and adopted["practice_id"] in known and len(found) < len(known):
        before = known[adopted["practice_id"]]
        found.insert(0, before)
        adopted = before["adopted_from"]
    return found


def best_first(practices: Iterable[Practice], beginnings: Iterable[str]) -> list[Practice]:
    """Those that say it in their title before those that say it in their text; then the newest."""
    wanted = tuple(beginnings)

    def in_title(practice: Practice) -> int:
        return sum(any(term.startswith(word) for term in practice["title_terms"]) for word in wanted)

    newest = sorted(practices, key=lambda each: (each["changed_at"], each["_id"]), reverse=True)
    return sorted(newest, key=lambda each: -in_title(each))
