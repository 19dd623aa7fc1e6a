"""Who does what only one may do, by the database server's clock."""

from pymongo import ReturnDocument

from shared.mongo import Database, Document

# Short, so that a restart after a crash works again at once. What is done under a lease must be fenced by
# something else as well: a process that was stopped and resumed believes in a lease that has passed on.
LEASE_MS = 3_000


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


async def release(db: Database, name: str, owner: str) -> None:
    """Give the lease back; nothing happens if it has passed on."""
    await db.leases.delete_one({"_id": name, "owner": owner})
