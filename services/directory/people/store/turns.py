"""Rows for work that is due about a person: a role begins or ends, or the last announcement is repeated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.directory.people.models import Turn
from shared import due
from shared.mongo import Transaction

ROLE_TURN, LAST_WORDS = "role turn", "last words"


def row_of(kind: str, person_id: str, at: datetime, **data: Any) -> due.Row:
    return due.Row(row_id(kind, person_id), kind, f"person/{person_id}", at, data)


def row_id(kind: str, person_id: str) -> str:
    return f"{kind.replace(' ', '-')}/{person_id}"


async def plan_turns(tx: Transaction, turns: Sequence[Turn]) -> None:
    rows = [
        row_of(ROLE_TURN, turn.person_id, turn.due_at, **{"from": turn.since.isoformat()})
        for turn in turns
        if turn.due_at
    ]
    await due.move(tx, rows)
    await due.cancel(tx, [row_id(ROLE_TURN, turn.person_id) for turn in turns if turn.due_at is None])


async def plan_last_words(tx: Transaction, people: Iterable[str], due_at: datetime) -> None:
    await due.move(tx, [row_of(LAST_WORDS, person_id, due_at) for person_id in people])
