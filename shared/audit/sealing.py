"""Entries are sealed some hundred at a time, within a second or two of the act.

One process seals at a time, by a lease; what makes it safe is the transaction. It moves the entries, and its
seal has the number after the last: of two that try, MongoDB lets one. Killed anywhere, it has sealed all of a
batch or nothing of it.
"""

from datetime import UTC, datetime

import structlog
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from shared.audit.chain import NOTHING, Anchor, digest
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.observing.health import Progress
from shared.running import leases
from shared.running.rounds import keep_looking

log = structlog.get_logger()
_AT_ONCE = 500
_TICK = 1.0
_LEASE = "audit"


async def keep_sealing(mongo: Mongo, progress: Progress) -> None:
    owner = leases.owner(mongo)

    async def look() -> None:
        if await _is_waiting(mongo.db) and await leases.hold(mongo.db, _LEASE, owner):
            await seal_all(mongo)

    await keep_looking(mongo, progress, look, soon=_TICK, postponed="audit.sealing_postponed")


async def seal_all(mongo: Mongo) -> None:
    """What waits now; idempotent."""
    while seal := await mongo.transact(_seal):
        # The log is kept elsewhere than the database: whoever rewrites the chain must rewrite this too.
        anchor = Anchor(seal["service"], seal["_id"], seal["sha256"])
        log.info("audit.sealed", batch=seal["_id"], entries=len(seal["entries"]), anchor=str(anchor))


async def last_seal(db: Database) -> Document | None:
    return await db.audit_seals.find_one({"_id": {"$gt": 0}}, sort=[("_id", DESCENDING)])


async def _is_waiting(db: Database) -> bool:
    return await db.audit_pending.find_one({"_id": {"$gt": ""}}, {"_id": 1}) is not None


async def _seal(tx: Transaction) -> Document | None:
    waiting = tx.db.audit_pending.find({"_id": {"$gt": ""}}, session=tx.session).sort("_id", ASCENDING)
    found: list[Document] = await waiting.limit(_AT_ONCE).to_list(_AT_ONCE)
    if not found:
        return None
    before = await tx.db.audit_seals.find_one(
        {"_id": {"$gt": 0}}, {"sha256": 1}, sort=[("_id", DESCENDING)], session=tx.session
    )
    n = before["_id"] + 1 if before else 1
    entries = [{**entry, "batch": n, "place": place} for place, entry in enumerate(found)]
    seal: Document = {
        "_id": n,
        "service": tx.sender.service,
        "previous": before["sha256"] if before else NOTHING,
        "sealed_at": now_ms(datetime.now(UTC)),
        "entries": [digest(entry) for entry in entries],
    }
    seal["sha256"] = digest(seal)
    await tx.db.audit_pending.delete_many({"_id": {"$in": [e["_id"] for e in entries]}}, session=tx.session)
    try:
        await tx.db.audit_seals.insert_one(seal, session=tx.session)
    except DuplicateKeyError:
        # Somebody else has sealed, and this transaction is void.
        return None
    await tx.db.audit.insert_many(entries, session=tx.session)
    return seal
