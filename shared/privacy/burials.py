"""The record that closes the segment in which somebody stood (docs/decisions/0018).

It follows a minute after the newer state: a tombstone where the very id is to go, and the same state again
where the entity stays without their name or id.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel

from shared.consuming.states import Source, announce_again
from shared.contracts.topics import SUPERSEDED_FOR, TOPICS, Topic
from shared.contracts.types import Gone
from shared.mongo import Document, Indexes, Mongo, Transaction
from shared.publishing import outbox

INDEXES: Indexes = {"burials": [IndexModel([("due_at", ASCENDING)])]}
_AFTER = SUPERSEDED_FOR + timedelta(seconds=2)
_PORTION = 500


async def erased(
    tx: Transaction, topic: Topic, collection: str, versions: dict[str, int], now: datetime
) -> None:
    """Say that these of a collection are erased, by id with the version that says so, and bury them in a
    minute.
    """
    for id_, version in versions.items():
        outbox.announce(tx, topic, Gone(id=id_, version=version, reason="erased"))
    rows = [
        {
            "_id": f"{topic.name}|{id_}",
            "topic": topic.name,
            "collection": collection,
            "key": id_,
            "version": version,
            "due_at": now + _AFTER,
        }
        for id_, version in versions.items()
    ]
    if rows:
        ids = [row["_id"] for row in rows]
        await tx.db.burials.delete_many({"_id": {"$in": ids}}, session=tx.session)
        await tx.db.burials.insert_many(rows, session=tx.session)


async def repeat(tx: Transaction, source: Source, id_: str, now: datetime) -> None:
    """Announce this entity's state again in a minute."""
    row = {"topic": source.topic.name, "collection": source.collection, "key": id_, "due_at": now + _AFTER}
    name = {"_id": f"{source.topic.name}|{id_}|again"}
    await tx.db.burials.update_one(name, {"$set": {**row, "again": True}}, upsert=True, session=tx.session)


async def bury(mongo: Mongo, now: datetime, sources: Iterable[Source] = ()) -> int:
    """Those that are due; returns how many. `sources` are those that `repeat` was told of."""
    by_topic = {source.topic.name: source for source in sources}

    async def work(tx: Transaction) -> int:
        found = tx.db.burials.find({"due_at": {"$lte": now}}, session=tx.session).sort("due_at", 1)
        rows = await found.limit(_PORTION).to_list(_PORTION)
        for row in rows:
            if row.get("again"):
                await _repeat(tx, by_topic[row["topic"]], row["key"])
            else:
                await _bury(tx, row)
        await tx.db.burials.delete_many({"_id": {"$in": [row["_id"] for row in rows]}}, session=tx.session)
        return len(rows)

    if await mongo.db.burials.find_one({"due_at": {"$lte": now}}, {"_id": 1}) is None:
        return 0
    return await mongo.transact(work)


async def _repeat(tx: Transaction, source: Source, id_: str) -> None:
    document = await tx.db[source.collection].find_one({"_id": id_}, session=tx.session)
    if document is not None:
        await announce_again(tx, source, [document])


async def _bury(tx: Transaction, row: Document) -> None:
    # Somebody who came back has a new entity under the same id by now.
    alive = {"_id": row["key"], "deleted": {"$ne": True}}
    if await tx.db[row["collection"]].find_one(alive, {"_id": 1}, session=tx.session) is None:
        # After the record that says that it is erased, wherever that still waits.
        outbox.tombstone(tx, TOPICS[row["topic"]], row["key"], row["version"] + 1)
