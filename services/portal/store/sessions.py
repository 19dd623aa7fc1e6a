"""Sessions. Only the SHA-256 of what the browser holds is kept."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "sessions": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("person_id", ASCENDING)]),
    ]
}


async def insert(db: Database, document: Document) -> None:
    await db.sessions.insert_one(document)


async def find(db: Database, sha256: str, now: datetime) -> Document | None:
    # MongoDB removes what has expired within a minute or so; that is too late.
    return await db.sessions.find_one({"_id": sha256, "expires_at": {"$gt": now}})


async def remove(db: Database, sha256: str) -> None:
    await db.sessions.delete_one({"_id": sha256})


async def remove_of(db: Database, person_ids: Iterable[str], tx: Transaction | None = None) -> None:
    """Sign these people out everywhere."""
    await db.sessions.delete_many(
        {"person_id": {"$in": list(person_ids)}}, session=tx.session if tx else None
    )
