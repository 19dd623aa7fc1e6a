"""Who does what only one may do, by the database server's clock."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from shared.mongo import Database

# Short, so that a restart after a crash works again at once. What is done under a lease must be fenced by
# something else as well: a process that was stopped and resumed believes in a lease that has passed on.
LEASE_MS = 3_000


async def hold(db: Database, name: str, owner: str) -> bool:
    """Take or prolong the lease; False while somebody else has it."""
    free: dict[str, Any] = {
        "_id": name,
        "$or": [{"owner": owner}, {"$expr": {"$lt": ["$until", "$$NOW"]}}],
    }
    prolong = [{"$set": {"owner": owner, "until": {"$add": ["$$NOW", LEASE_MS]}}}]
    try:
        await db.leases.find_one_and_update(free, prolong, upsert=True, return_document=ReturnDocument.AFTER)
    except DuplicateKeyError:
        return False
    return True


async def release(db: Database, name: str, owner: str) -> None:
    await db.leases.delete_one({"_id": name, "owner": owner})
