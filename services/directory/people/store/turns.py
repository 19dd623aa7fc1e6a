"""What is due about a person: a role that begins or ends, and to say once more that they are gone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared import due
from shared.mongo import Document, Transaction

ROLE_TURN, LAST_WORDS = "role turn", "last words"


def row_of(kind: str, person_id: str, at: datetime, **data: Any) -> due.Row:
    return due.Row(row_id(kind, person_id), kind, f"person/{person_id}", at, data)


def row_id(kind: str, person_id: str) -> str:
    return f"{kind.replace(' ', '-')}/{person_id}"


async def plan_turns(tx: Transaction, turns: Iterable[Document]) -> None:
    """The next day on which a role of each begins or ends; `due_at` None where there is none."""
    known = list(turns)
    rows = [
        row_of(ROLE_TURN, turn["_id"], turn["due_at"], **{"from": turn["from"]})
        for turn in known
        if turn["due_at"]
    ]
    await due.move(tx, rows)
    await due.cancel(tx, [row_id(ROLE_TURN, turn["_id"]) for turn in known if turn["due_at"] is None])


async def plan_last_words(tx: Transaction, people: Iterable[str], due_at: datetime) -> None:
    await due.move(tx, [row_of(LAST_WORDS, person_id, due_at) for person_id in people])
