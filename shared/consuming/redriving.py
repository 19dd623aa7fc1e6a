"""Parked records handled again."""

from shared.consuming.incoming import decode
from shared.consuming.parking import Record
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import STAFF_PREFIX, staff_topic
from shared.mongo import Mongo, Transaction

_MAX_RECORDS = 1_000


async def redrive(mongo: Mongo, subscription: Subscription, topic: str, partition: int, key: bytes) -> int:
    """Handle a parked key's records again, in their order, all in one transaction; returns how many."""
    contract = subscription.topic or staff_topic(topic.removeprefix(STAFF_PREFIX))

    async def work(tx: Transaction) -> int:
        found = tx.db.parked.find(
            {"topic": topic, "partition": partition, "kind": "failed", "key": key}, session=tx.session
        ).sort("offset", 1)
        documents = await found.to_list(_MAX_RECORDS)
        items = [
            decode(
                contract,
                Record(topic, partition, d["offset"], d["key"], d["value"]),
                subscription.salvage,
            )
            for d in documents
        ]
        await subscription.handle(tx, [item.incoming for item in items if item.incoming])
        await tx.db.parked.delete_many({"_id": {"$in": [d["_id"] for d in documents]}}, session=tx.session)
        return len(documents)

    return await mongo.transact(work)
