"""A question's life: asked in rounds, answered, accepted, closed; every step with its time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from services.directory.questions.models import Asked, Ending, Question, Wanted
from services.directory.worktime import after_working_days

Step = Literal["peers", "owner", "nobody", "close"]
ASKED_AT_FIRST, MOST_ASKED_AT_FIRST = 5, 10
ROUNDS = 3
PATIENCE_DAYS = 2
# What nobody says anything about for so many working days closes on its own.
QUIET_DAYS = 20


def new_question(
    wanted: Wanted, question_id: str, asker_id: str, agency: str, speaks_for: str | None, now: datetime
) -> Question:
    """Nobody has been asked yet, so the first step is due at once."""
    return Question(
        **wanted.model_dump(),
        id=question_id,
        asker_id=asker_id,
        agency=agency,
        speaks_for=speaks_for,
        created_at=now,
        due_at=now,
    )


def with_asked(question: Question, asked: Sequence[Asked], now: datetime, *, owner: bool = False) -> Question:
    """The next round is out; the one after it is due when patience has run out."""
    return _changed(
        question,
        asked=(*question.asked, *asked),
        rounds=question.rounds + (not owner),
        owner_asked=question.owner_asked or owner,
        due_at=after_working_days(now, question.patience_days),
    )


def next_step(question: Question, *, more_peers: bool, owner: bool) -> Step:
    """What follows when nobody has answered in time: the next peers, then the group's owner."""
    if question.then == "close":
        return "close"
    if more_peers and question.rounds < ROUNDS:
        return "peers"
    return "owner" if owner and not question.owner_asked else "nobody"


def left_in_peace(question: Question, now: datetime) -> Question:
    """Everybody has been asked who could be: it stays open for a while longer."""
    return _changed(question, then="close", due_at=after_working_days(now, QUIET_DAYS))


def answered(question: Question, now: datetime) -> Question:
    """Nobody else is asked any more; each answer gives the question new time."""
    return _changed(
        question,
        state="answered",
        answers=question.answers + 1,
        first_answer_at=question.first_answer_at or now,
        then="close",
        due_at=after_working_days(now, QUIET_DAYS),
    )


def accepted(question: Question, answer_id: str, now: datetime) -> Question:
    return _closed(question, "accepted", now, accepted_answer_id=answer_id)


def closed(question: Question, why: Ending, now: datetime) -> Question:
    return _closed(question, why, now)


def _closed(question: Question, why: Ending, now: datetime, **changes: object) -> Question:
    return _changed(question, **changes, state="closed", closed_at=now, closed_because=why, due_at=None)


def home_group(people: Iterable[Mapping[str, Any]]) -> str | None:
    """The group that most of these people belong to; the one made first among equals (ids are by time)."""
    count = Counter(group for person in people for group in person["groups"])
    return min(count, key=lambda group: (-count[group], group), default=None)


def mailbox_role(roles: Sequence[str], mailboxes: Mapping[str, str]) -> str | None:
    """The first of these roles that the agency has a shared mailbox for."""
    return next((role for role in roles if role in mailboxes), None)


def _changed(question: Question, **changes: object) -> Question:
    return question.model_copy(update={**changes, "version": question.version + 1})
