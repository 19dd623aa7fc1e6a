"""What an operator sees and does about work that is due. Ids may be people's, names never stand in a row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.audit import entries as audit
from shared.errors import CommandRefused
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.observing.metrics import MOST

_SAID = {"due": "waiting", "aside": "set aside", "done": "done"}


async def listed(db: Database, kind: str, limit: int, *, waiting: bool) -> list[dict[str, Any]]:
    """What was set aside, the oldest first; then what waits, by when it is due."""
    of_kind: Document = {"kind": kind or {"$gt": ""}}
    aside = db.due.find({**of_kind, "state": "aside"}).hint("aside")
    found = sorted(await aside.limit(MOST).to_list(MOST), key=lambda row: row["aside_at"])[:limit]
    if waiting:
        due = db.due.find({**of_kind, "state": "due"}).hint("due").limit(limit)
        found += sorted(await due.to_list(limit), key=lambda row: row["next"])
    return [_shown(row) for row in found]


async def counts(db: Database) -> dict[str, int]:
    """How many rows of each kind wait, counted up to 10,000 in all."""
    stages: list[Document] = [
        {"$match": {"kind": {"$gt": ""}, "state": "due"}},
        {"$limit": MOST},
        {"$group": {"_id": "$kind", "rows": {"$sum": 1}}},
    ]
    return {each["_id"]: each["rows"] async for each in db.due.aggregate(stages, hint="due")}


async def one(db: Database, id_: str) -> dict[str, Any]:
    """
    Raises:
        CommandRefused: there is no such row.

    """
    row = await db.due.find_one({"_id": id_})
    if row is None:
        raise CommandRefused(f"No work {id_} is due here.")
    return {**_shown(row), "data": row["data"]}


async def retry(mongo: Mongo, id_: str, kind: str, *, dry_run: bool) -> list[str]:
    """
    Raises:
        CommandRefused: this row is not set aside.

    """
    ids = await _set_aside(mongo.db, id_, kind)
    if not dry_run:
        change: Document = {
            "$set": {"state": "due", "tries": 0, "next": now_ms(datetime.now(UTC))},
            "$unset": {"aside_at": "", "troubles": ""},
            "$inc": {"asked": 1},
        }

        async def work(tx: Transaction) -> None:
            await tx.db.due.update_many({"_id": {"$in": ids}, "state": "aside"}, change, session=tx.session)
            await audit.record(
                tx, "due_work.retried", agency="", thing=f"due-work/{id_ or kind or 'all'}", rows=len(ids)
            )

        await mongo.transact(work)
    return ids


async def drop(mongo: Mongo, id_: str, *, dry_run: bool) -> list[str]:
    """
    Raises:
        CommandRefused: this row is not set aside.

    """
    ids = await _set_aside(mongo.db, id_, "")
    if not dry_run:

        async def work(tx: Transaction) -> None:
            await tx.db.due.delete_many({"_id": {"$in": ids}, "state": "aside"}, session=tx.session)
            await audit.record(tx, "due_work.dropped", agency="", thing=f"due-work/{id_}", rows=len(ids))

        await mongo.transact(work)
    return ids


async def _set_aside(db: Database, id_: str, kind: str) -> list[str]:
    if id_:
        row = await db.due.find_one({"_id": id_, "state": "aside"}, {"_id": 1})
        if row is None:
            raise CommandRefused(f"No work {id_} is set aside here.")
        return [id_]
    found = db.due.find({"kind": kind or {"$gt": ""}, "state": "aside"}, {"_id": 1}).hint("aside")
    return [row["_id"] for row in await found.limit(MOST).to_list(MOST)]


def _shown(row: Document) -> dict[str, Any]:
    return {
        "id": row["_id"],
        "kind": row["kind"],
        "subject": row["subject"],
        "state": "at work" if "claim" in row else _SAID[row["state"]],
        "due": row.get("due"),
        "next_try": row.get("next") if row["state"] == "due" else None,
        "tries": row.get("tries", 0),
        "why": row.get("why", ""),
        "set_aside_at": row.get("aside_at"),
    }
