"""One-time links, and how often they are asked for. The id is the secret's SHA-256, or the attempt's."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument

from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "links": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=3_600), IndexModel("people")],
    "tries": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
}


async def insert(tx: Transaction, document: Document) -> None:
    await tx.db.links.insert_one(document, session=tx.session)


async def find(db: Database, id_: str) -> Document | None:
    return await db.links.find_one({"_id": id_}, {"_id": 1})


async def alive(db: Database, id_: str, now: datetime) -> Document | None:
    """The link, while it may be used."""
    return await db.links.find_one({"_id": id_, "used_at": None, "expires_at": {"$gt": now}})


async def use(db: Database, id_: str, now: datetime) -> Document | None:
    """The link, which is used up by this; None where it was before, is too old or never was."""
    alive: dict[str, Any] = {"_id": id_, "used_at": None, "expires_at": {"$gt": now}}
    return await db.links.find_one_and_update(alive, {"$set": {"used_at": now}})


async def count_try(db: Database, what: str, expires_at: datetime) -> int:
    """How many there have been of this, this one among them."""
    counted = await db.tries.find_one_and_update(
        {"_id": what},
        {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": expires_at}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return counted["count"] if counted else 1
