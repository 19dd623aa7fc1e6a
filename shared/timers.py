"""Durable timers: what is to happen at a time, once, whatever crashes and however often the time is changed.

A row holds the wall time, its zone and the instant. Who changes the thing plans its timers in the same
transaction; who rings them writes the row in the transaction that tells people. The two conflict, so that
what was planned anew never rings as it was.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import structlog
import uuid_utils
from pymongo import ASCENDING, DeleteOne, IndexModel, ReplaceOne, UpdateOne

from shared import failpoints, trace
from shared.health import Progress
from shared.moments import Moment
from shared.mongo import Database, Document, Indexes, Mongo, TookTooLong, Transaction, is_transient
from shared.rounds import keep_looking

log = structlog.get_logger()

INDEXES: Indexes = {
    "timers": [
        IndexModel([("due", ASCENDING)], name="due", partialFilterExpression={"pending": True}),
        IndexModel([("subject", ASCENDING)], name="subject"),
        IndexModel([("claim", ASCENDING)], name="claim", sparse=True),
        IndexModel([("done_at", ASCENDING)], name="done", expireAfterSeconds=90 * 86_400),
    ]
}
_CLAIMED_AT_ONCE = 50
_WAITS = "\0"
_WAITING_MS = 30_000
_LEASE_MS = 30_000
_LONGEST_PAUSE_MS = 600_000
_IDLE = 0.25
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timer:
    """One that is due. `version` rises whenever the timers of its subject are planned anew; `after` is how
    far an earlier transaction came.
    """

    id: str
    subject: str
    name: str
    due: datetime
    version: int
    after: str


@dataclass(slots=True)
class Round:
    """What one transaction does: the timers that are done, and how far the others came. `told` is how many
    people were told of something.
    """

    timers: Sequence[Timer]
    now: datetime
    told: int = 0
    came_to: dict[str, str | None] = field(default_factory=dict)

    def done(self, timer: Timer) -> None:
        self.came_to[timer.id] = None

    def goes_on(self, timer: Timer, after: str) -> None:
        self.came_to[timer.id] = after

    def waits(self, timer: Timer) -> None:
        """It can't ring now, and may when the clock is set right."""
        self.came_to[timer.id] = _WAITS


Ring = Callable[[Transaction, Round], Awaitable[None]]
"""Does something about at least the first of the round's timers."""


async def plan(tx: Transaction, subject: str, moments: Sequence[Moment], edition: int) -> None:
    """From now on these, and no others, are the timers of `subject`; what has rung at the same time already
    does not ring again. `edition` rises with every change of the subject.
    """
    known = await tx.db.timers.find({"subject": subject}, session=tx.session).to_list(None)
    rows = {row["name"]: row for row in known}
    wanted = {m.name: m for m in sorted(moments, key=lambda m: m.due) if not _has_rung(rows.get(m.name), m)}
    pending = {name: row["due"] for name, row in rows.items() if row["pending"]}
    if pending == {name: moment.due for name, moment in wanted.items()}:
        return
    changes: list[ReplaceOne[Document] | DeleteOne] = [
        ReplaceOne(
            {"_id": _id(subject, moment.name)},
            _row(subject, moment, rows.get(moment.name), edition * 100 + position),
            upsert=True,
        )
        for position, moment in enumerate(wanted.values())
    ]
    changes += [DeleteOne({"_id": _id(subject, name)}) for name in pending if name not in wanted]
    await tx.db.timers.bulk_write(changes, ordered=False, session=tx.session)


def _id(subject: str, name: str) -> str:
    return f"{subject}#{name}"


def _has_rung(row: Mapping[str, Any] | None, moment: Moment) -> bool:
    return row is not None and not row["pending"] and row["due"] == moment.due


def _row(subject: str, moment: Moment, before: Mapping[str, Any] | None, version: int) -> Document:
    under_way = before is not None and before["pending"] and before["due"] == moment.due
    return {
        "subject": subject,
        "name": moment.name,
        "wall": moment.wall.isoformat(timespec="minutes"),
        "zone": moment.zone,
        "due": moment.due,
        "version": version,
        "after": before["after"] if before and under_way else "",
        "pending": True,
        "attempts": 0,
    }


async def inherit(db: Database, instance: str, _now: datetime) -> None:
    """What a dead process of this name had claimed is anybody's at once."""
    held = {"claim": {"$regex": f"^{re.escape(instance)}/"}}
    await db.timers.update_many(held, {"$unset": {"claim": "", "until": ""}})


async def follow(
    mongo: Mongo,
    clock: Callable[[], datetime],
    progress: Progress,
    ring: Ring,
    *,
    per_second: float,
    instance: str = "",
) -> None:
    """Ring what is due, for ever. `per_second` is how many people a process has told at most: a thousand
    reminders must not stand in the way of one cancellation.
    """

    async def look() -> bool:
        token = f"{instance}/{uuid_utils.uuid7()}"
        if not await _claim(mongo.db, token, clock()):
            return False
        failpoints.passing("timer.claimed")
        await _ring_all(mongo, clock, token, ring, per_second)
        return True

    await keep_looking(mongo, progress, look, soon=_IDLE, postponed="timers.postponed")


async def _claim(db: Database, token: str, now: datetime) -> int:
    """Keep others off what has been due the longest; by the database server's clock, because that of a
    process may be set.
    """
    free = {"$expr": {"$lt": [{"$ifNull": ["$until", _LONG_AGO]}, "$$NOW"]}}
    due: Document = {"pending": True, "due": {"$lte": now}, **free}
    found = await db.timers.find(due, {"_id": 1}).sort("due", 1).limit(_CLAIMED_AT_ONCE).to_list(None)
    if not found:
        return 0
    mine = {"_id": {"$in": [row["_id"] for row in found]}, **due}
    taken = await db.timers.update_many(mine, [{"$set": {"claim": token, **_until(_LEASE_MS)}}])
    return taken.modified_count


def _until(milliseconds: int) -> Document:
    return {"until": {"$add": ["$$NOW", milliseconds]}}


async def _ring_all(
    mongo: Mongo, clock: Callable[[], datetime], token: str, ring: Ring, per_second: float
) -> None:
    """In as many transactions as it takes. One that fails for a reason of its own is put off by itself, and
    the others go on.
    """
    most = _CLAIMED_AT_ONCE
    while True:
        began = monotonic()
        trace.begin()
        tried: list[Timer] = []

        async def work(tx: Transaction, most: int = most, tried: list[Timer] = tried) -> int:
            tried[:] = await _mine(tx, token, most)
            turn = Round(tried, clock())
            if tried:
                await ring(tx, turn)
                await _settle(tx, token, turn)
            return turn.told

        try:
            told = await mongo.transact(work)
        except Exception as error:
            together = isinstance(error, TookTooLong) and len(tried) > 1
            if not tried or (is_transient(error) and not together):
                raise
            if len(tried) == 1:
                log.exception("timer.failed", timer=tried[0].name, error=type(error).__name__)
                await _put_off(mongo.db, token, tried[0])
            most = 1
            continue
        if not tried:
            return
        failpoints.passing("timer.rung")
        await asyncio.sleep(max(0.0, told / per_second - (monotonic() - began)))


async def _mine(tx: Transaction, token: str, limit: int) -> list[Timer]:
    """What is left of the claim: what was planned anew or taken over meanwhile is not."""
    found = tx.db.timers.find({"claim": token, "pending": True}, session=tx.session)
    return [
        Timer(row["_id"], row["subject"], row["name"], row["due"], row["version"], row["after"])
        for row in await found.sort("due", 1).limit(limit).to_list(None)
    ]


async def _settle(tx: Transaction, token: str, turn: Round) -> None:
    if not turn.came_to:
        raise RuntimeError("a round came nowhere")
    changes: list[UpdateOne] = []
    for id_, after in turn.came_to.items():
        row = {"_id": id_, "claim": token}
        if after is None:
            done = {"$set": {"pending": False, "done_at": turn.now}, "$unset": {"claim": "", "until": ""}}
            changes.append(UpdateOne(row, done))
        elif after == _WAITS:
            changes.append(UpdateOne(row, [{"$set": _until(_WAITING_MS)}, {"$unset": "claim"}]))
        else:
            changes.append(UpdateOne(row, [{"$set": {"after": after, **_until(_LEASE_MS)}}]))
    await tx.db.timers.bulk_write(changes, ordered=False, session=tx.session)


async def _put_off(db: Database, token: str, timer: Timer) -> None:
    pause = {"$min": [_LONGEST_PAUSE_MS, {"$multiply": [1_000, {"$pow": [2, {"$min": ["$attempts", 10]}]}]}]}
    change = {"attempts": {"$add": ["$attempts", 1]}, "until": {"$add": ["$$NOW", pause]}}
    await db.timers.update_one({"_id": timer.id, "claim": token}, [{"$set": change}, {"$unset": "claim"}])
