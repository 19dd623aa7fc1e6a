"""The rows of work that is due: every query, and the indexes.

A row is counted as tried when it is claimed, before its handler runs: a row that ends its process (out of
memory, kill -9) has counted that as well. What keeps the innocent from being set aside:

- The count is of tries in a row that got nowhere. Success, and progress that a handler reports, begin again.
- A try that ended because MongoDB or Kafka was away, or because the process was told to stop, is given back.
- A row whose last try did not end well is claimed alone, and a process works on one such row at a time
  (worker.py). So when a process dies with several rows, each is blamed once, and then only the guilty again.
"""

import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DeleteOne, IndexModel, ReturnDocument, UpdateOne

from shared.contracts.envelope import Trace
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "due": [
        # What is found due; rows that wait for an operator and rows that are remembered are not in it.
        IndexModel(
            [("kind", ASCENDING), ("next", ASCENDING), ("subject", ASCENDING), ("tries", ASCENDING)],
            name="due",
            partialFilterExpression={"state": "due"},
        ),
        IndexModel(
            [("kind", ASCENDING), ("aside_at", ASCENDING)],
            name="aside",
            partialFilterExpression={"state": "aside"},
        ),
        IndexModel([("subject", ASCENDING)], name="subject"),
        IndexModel([("claim", ASCENDING)], name="claim", sparse=True),
        IndexModel([("done_at", ASCENDING)], name="done", expireAfterSeconds=90 * 86_400),
    ]
}
TRIES = 3
LEASE_MS = 30_000
# After the first failure, and after the second.
_PAUSES = (timedelta(seconds=5), timedelta(minutes=1))
_LONGEST_TROUBLE = 60
# So often in a row MongoDB is in trouble because of what the row asks of it.
_TROUBLES_A_TRY = 10
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FREE = {"$expr": {"$lt": [{"$ifNull": ["$until", _LONG_AGO]}, "$$NOW"]}}
_UNCLAIM = {"claim": "", "until": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """Work of one kind about one subject. `asked` rises whenever it is asked for."""

    id: str
    kind: str
    subject: str
    due: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    cause: Trace = field(default_factory=Trace)
    asked: int = 1
    tries: int = 0


# --- asking for work ------------------------------------------------------------------------------------


async def schedule(tx: Transaction, rows: Iterable[Row]) -> None:
    """Each once, by its id: one that waits already is done sooner where this is due sooner, and again where
    it is under way. One that was set aside gets one more try.
    """
    await _put(tx, [_asked(row, {"$min": {"next": row.due}}) for row in rows])


async def move(tx: Transaction, rows: Iterable[Row]) -> None:
    """As `schedule`, but at this time and with this data, whatever it was before."""
    changes = [
        _asked(
            row, {"$set": {"next": row.due, "due": row.due, "data": dict(row.data)}}, ("next", "due", "data")
        )
        for row in rows
    ]
    await _put(tx, changes)


def _asked(row: Row, change: Document, told: Sequence[str] = ("next",)) -> UpdateOne:
    first: Document = {
        "kind": row.kind,
        "subject": row.subject,
        "due": row.due,
        "data": dict(row.data),
        "correlation": row.cause.correlation,
        "parent": row.cause.parent,
        "tries": 0,
    }
    update = {
        **change,
        "$inc": {"asked": 1},
        "$set": {**change.get("$set", {}), "state": "due"},
        "$unset": {"aside_at": ""},
        "$setOnInsert": {name: value for name, value in first.items() if name not in told},
    }
    return UpdateOne({"_id": row.id}, update, upsert=True)


async def _put(tx: Transaction, changes: Sequence[UpdateOne]) -> None:
    if changes:
        await tx.db.due.bulk_write(list(changes), ordered=False, session=tx.session)


async def follow(tx: Transaction, id_: str, kind: str, subject: str, at: datetime | None) -> None:
    """Keep a row in step with a field that says when something is due: moved with it, and gone with it."""
    if at is None:
        await cancel(tx, [id_])
    else:
        await move(tx, [Row(id_, kind, subject, at)])


async def cancel(tx: Transaction, ids: Iterable[str]) -> None:
    changes = [DeleteOne({"_id": id_}) for id_ in ids]
    if changes:
        await tx.db.due.bulk_write(changes, ordered=False, session=tx.session)


async def cancel_of(tx: Transaction, subjects: Iterable[str]) -> None:
    """All that is due about these."""
    await tx.db.due.delete_many({"subject": {"$in": list(subjects)}}, session=tx.session)


async def begin_recurring(db: Database, kinds: Mapping[str, timedelta], now: datetime) -> None:
    """A row for each kind that is done again and again, where there is none."""
    rows = [Row(kind, kind, kind, now + after) for kind, after in kinds.items()]
    await ensure(db, rows)


async def ensure(db: Database, rows: Iterable[Row]) -> None:
    """Each where there is none of its id, in whatever state; beside any transaction."""
    for row in rows:
        first = {
            "kind": row.kind,
            "subject": row.subject,
            "due": row.due,
            "next": row.due,
            "data": dict(row.data),
        }
        new = {**first, "tries": 0, "asked": 1, "state": "due"}
        await db.due.update_one({"_id": row.id}, {"$setOnInsert": new}, upsert=True)


async def pending(db: Database, subject: str, kind: str) -> bool:
    return await db.due.find_one({"subject": subject, "kind": kind, "state": "due"}, {"_id": 1}) is not None


# --- looking --------------------------------------------------------------------------------------------


async def oldest(db: Database, kinds: Sequence[str], now: datetime) -> datetime | None:
    """Since when the row has been due that nobody works on and that has waited longest."""
    found = await db.due.find(_wanted(kinds, now), {"next": 1}).sort("next", ASCENDING).limit(1).to_list(1)
    return found[0]["next"] if found else None


async def count_aside(db: Database, most: int, patience_ms: int) -> dict[str, int]:
    """How many were set aside, by kind."""
    stages: list[Document] = [
        {"$match": {"state": "aside", "kind": {"$gt": ""}}},
        {"$limit": most},
        {"$group": {"_id": "$kind", "rows": {"$sum": 1}}},
    ]
    found = db.due.aggregate(stages, hint="aside", maxTimeMS=patience_ms)
    return {group["_id"]: group["rows"] async for group in found}


# --- claiming -------------------------------------------------------------------------------------------


def _wanted(kinds: Sequence[str], now: datetime) -> Document:
    return {"kind": {"$in": list(kinds)}, "state": "due", "next": {"$lte": now}, **_FREE}


async def is_any_due(db: Database, kinds: Sequence[str], now: datetime) -> bool:
    """To look costs less than to claim what is not there."""
    return await db.due.find_one(_wanted(kinds, now), {"_id": 1}) is not None


async def claim_next(
    db: Database, kinds: Sequence[str], now: datetime, token: str, *, tired: Sequence[str], suspects: bool
) -> Row | None:
    """The row that has been due longest, without the subjects that have had their turns. Keep others off it,
    by the database server's clock, and count the try.
    """
    wanted = {**_wanted(kinds, now), "tries": {"$lt": TRIES} if suspects else 0}
    if tired:
        wanted["subject"] = {"$nin": list(tired)}
    found = await db.due.find_one_and_update(
        wanted, _claimed(token), sort=[("next", ASCENDING)], return_document=ReturnDocument.AFTER
    )
    return _row(found) if found else None


async def claim_alike(db: Database, kind: str, now: datetime, token: str, limit: int) -> None:
    """More rows of the kind, none of which has failed before."""
    wanted = {**_wanted([kind], now), "tries": 0}
    found = await db.due.find(wanted, {"_id": 1}).sort("next", ASCENDING).limit(limit).to_list(limit)
    if found:
        ids = {"_id": {"$in": [each["_id"] for each in found]}}
        await db.due.update_many({**ids, **wanted}, _claimed(token))


def _claimed(token: str) -> list[Document]:
    change = {"claim": token, "until": _until(LEASE_MS), "tries": {"$add": ["$tries", 1]}}
    return [{"$set": change}]


async def set_aside_deadly(db: Database, kinds: Sequence[str], now: datetime) -> list[str]:
    """Rows that were tried three times, and no try came back. Returns their ids."""
    deadly = {**_wanted(kinds, now), "tries": {"$gte": TRIES}}
    ids = [row["_id"] for row in await db.due.find(deadly, {"_id": 1}).limit(100).to_list(100)]
    for id_ in ids:
        await set_aside(db, id_, "ended its process", now)
    return ids


def _until(milliseconds: int) -> Document:
    return {"$add": ["$$NOW", milliseconds]}


def _row(document: Mapping[str, Any]) -> Row:
    return Row(
        document["_id"],
        document["kind"],
        document["subject"],
        document["due"],
        document["data"],
        Trace(document.get("correlation"), document.get("parent")),
        document["asked"],
        document["tries"],
    )


async def mine(tx: Transaction, token: str, limit: int) -> list[Row]:
    """What is left of the claim: what was moved or taken over meanwhile is not."""
    found = tx.db.due.find({"claim": token, "state": "due"}, session=tx.session).sort("next", ASCENDING)
    return [_row(document) for document in await found.limit(limit).to_list(limit)]


async def prolong(db: Database, token: str) -> None:
    await db.due.update_many({"claim": token}, [{"$set": {"until": _until(LEASE_MS)}}])


async def inherit(db: Database, instance: str, _now: datetime) -> None:
    """What a dead process of this name had claimed is anybody's at once. Its tries stay counted: perhaps one
    of these rows was what it died of.
    """
    held = {"claim": {"$regex": f"^{re.escape(instance)}/"}}
    await db.due.update_many(held, {"$unset": _UNCLAIM})


# --- what became of a try -------------------------------------------------------------------------------


async def done(
    db: Database, row: Row, token: str, again: datetime | None, tx: Transaction | None = None
) -> None:
    """Forget it, or do it once more at `again`. One that was asked for meanwhile is due already."""
    session = tx.session if tx else None
    as_read = {"_id": row.id, "claim": token, "asked": row.asked}
    if again is None:
        settled = (await db.due.delete_one(as_read, session=session)).deleted_count
    else:
        change = {"$set": {"next": again, "due": again, "tries": 0}, "$unset": {**_UNCLAIM, "troubles": ""}}
        settled = (await db.due.update_one(as_read, change, session=session)).matched_count
    if not settled:
        rest = {"$set": {"tries": 0}, "$unset": {**_UNCLAIM, "troubles": ""}}
        await db.due.update_one({"_id": row.id, "claim": token}, rest, session=session)


async def moved(db: Database, row: Row, token: str) -> None:
    """The handler got somewhere: a death from here on is the first again."""
    await db.due.update_one({"_id": row.id, "claim": token}, {"$set": {"tries": 1}})


async def give_back(db: Database, token: str, *, pause: bool, counts: bool) -> None:
    """These tries are none: whatever else was in trouble, or the process was told to stop. With `pause` the
    rows wait a little, so that what comes after them has its turn; where it `counts`, every tenth trouble in
    a row is a try after all.
    """
    number = {"$add": [{"$ifNull": ["$troubles", 0]}, int(pause)]}
    seconds = {"$min": [_LONGEST_TROUBLE, {"$pow": [2, {"$min": [number, 6]}]}]}
    none = {"$ne": [{"$mod": [number, _TROUBLES_A_TRY]}, 0]} if counts else True
    change: Document = {
        "tries": {"$max": [0, {"$subtract": ["$tries", {"$cond": [none, 1, 0]}]}]},
        "troubles": number,
    }
    if pause:
        change["until"] = {"$add": ["$$NOW", {"$multiply": [500, seconds]}]}
    steps = [{"$set": change}, {"$unset": "claim" if pause else ["claim", "until"]}]
    await db.due.update_many({"claim": token}, steps)


async def failed(db: Database, row: Row, token: str, error: BaseException, now: datetime) -> bool:
    """Wait longer after each failure; returns whether this was the last try."""
    if row.tries >= TRIES:
        await set_aside(db, row.id, why(error), now, token=token)
        return True
    change = {"next": now + _PAUSES[row.tries - 1], "why": why(error)}
    await db.due.update_one({"_id": row.id, "claim": token}, {"$set": change, "$unset": _UNCLAIM})
    return False


async def set_aside(db: Database, id_: str, reason: str, now: datetime, token: str | None = None) -> None:
    """It waits for an operator, or for being asked for again: then it has one try."""
    claimed = {"claim": token} if token else _FREE
    change = {"state": "aside", "aside_at": now, "why": reason, "tries": TRIES - 1}
    await db.due.update_one({"_id": id_, **claimed}, {"$set": change, "$unset": _UNCLAIM})


def why(error: BaseException) -> str:
    """The error's type and place. Not its text: that may be about somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        each for each in frames if "/site-packages/" not in each.filename and "/lib/" not in each.filename
    ]
    place = ours[-1] if ours else None
    name = type(error).__name__
    return f"{name} in {place.filename.rsplit('/', 1)[-1]}:{place.lineno}" if place else name
