"""Who does what only one may do, by the database server's clock."""

import re

import uuid_utils
from pymongo import ReturnDocument

from shared.mongo import Database, Document, Mongo

# Short, so that a restart after a crash works again at once. What is done under a lease must be fenced by
# something else as well: a process that was stopped and resumed believes in a lease that has passed on.
LEASE_MS = 3_000


def owner(mongo: Mongo) -> str:
    """A name for one who holds leases in this process."""
    return f"{mongo.name}/{uuid_utils.uuid7()}"


async def inherit(mongo: Mongo) -> None:
    """What a dead process of this name held is anybody's at once."""
    if mongo.is_named:
        held = {"$regex": f"^{re.escape(mongo.name)}/"}
        await mongo.db.leases.delete_many({"_id": {"$gt": ""}, "owner": held})


async def hold(db: Database, name: str, owner: str) -> bool:
    """Take or prolong the lease; False while somebody else has it."""
    free = {"$or": [{"$eq": [{"$ifNull": ["$owner", owner]}, owner]}, {"$lt": ["$until", "$$NOW"]}]}
    taken: list[Document] = [
        {
            "$set": {
                "owner": {"$cond": [free, owner, "$owner"]},
                "until": {"$cond": [free, {"$add": ["$$NOW", LEASE_MS]}, "$until"]},
            }
        }
    ]
    lease = await db.leases.find_one_and_update(
        {"_id": name}, taken, upsert=True, return_document=ReturnDocument.AFTER
    )
    return lease["owner"] == owner


async def is_free(db: Database, name: str, owner: str) -> bool:
    """Whether `hold` may succeed: it writes, this does not."""
    held = {"_id": name, "owner": {"$ne": owner}, "$expr": {"$gte": ["$until", "$$NOW"]}}
    return await db.leases.find_one(held, {"_id": 1}) is None


async def release(db: Database, name: str, owner: str) -> None:
    """Give the lease back; nothing happens if it has passed on."""
    await db.leases.delete_one({"_id": name, "owner": owner})
