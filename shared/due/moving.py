"""Moves rows that an earlier version kept in collections of their own. Done again, it changes nothing: a row
goes from one collection to the other in one transaction.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from shared.due.rows import Row, schedule
from shared.mongo import Document, Mongo, Transaction

_PORTION = 200
_OLD_VERSION_WRITES = timedelta(minutes=10)


async def move_all(mongo: Mongo, collection: str, rewritten: Callable[[Document], Document | None]) -> None:
    """Each row of `collection` as what it is in `due`, or None where it is nothing any more."""
    if collection not in await mongo.db.list_collection_names(filter={"name": collection}):
        return

    async def work(tx: Transaction, found: list[Document]) -> None:
        rows = [row for each in found if (row := rewritten(each))]
        known = tx.db.due.find({"_id": {"$in": [row["_id"] for row in rows]}}, {"_id": 1}, session=tx.session)
        have = {each["_id"] for each in await known.to_list(None)}
        if new := [row for row in rows if row["_id"] not in have]:
            await tx.db.due.insert_many(new, session=tx.session)
        ids = [each["_id"] for each in found]
        await tx.db[collection].delete_many({"_id": {"$in": ids}}, session=tx.session)

    await _each(mongo, collection, work)
    await mongo.db.drop_collection(collection)


async def follow_all(mongo: Mongo, collection: str, rows: Callable[[Document], Iterable[Row]]) -> None:
    """The rows of what stays where it is, where they are missing. What this version writes brings its rows
    along, so it is enough to look for as long as processes of the version before may write. Two processes
    that do the same at the same time change nothing.
    """
    mark, now = {"_id": f"followed/{collection}"}, datetime.now(UTC)
    done = await mongo.db.due.find_one(mark)
    if done and now - done["due"] > _OLD_VERSION_WRITES:
        return

    async def work(tx: Transaction, found: list[Document]) -> None:
        wanted = {row.id: row for each in found for row in rows(each)}
        known = tx.db.due.find({"_id": {"$in": list(wanted)}}, {"_id": 1}, session=tx.session)
        have = {each["_id"] for each in await known.to_list(None)}
        await schedule(tx, [row for id_, row in wanted.items() if id_ not in have])

    await _each(mongo, collection, work)
    first = {"kind": "upgrade", "subject": collection, "state": "done", "due": now}
    await mongo.db.due.update_one(mark, {"$setOnInsert": first}, upsert=True)


async def _each(
    mongo: Mongo, collection: str, work: Callable[[Transaction, list[Document]], Awaitable[None]]
) -> None:
    last = None
    while True:
        query: Document = {"_id": {"$gt": last}} if last is not None else {}
        found = (
            await mongo.db[collection].find(query).hint("_id_").sort("_id", 1).limit(_PORTION).to_list(None)
        )
        if not found:
            return
        last = found[-1]["_id"]
        await mongo.transact(lambda tx, found=found: work(tx, found))
