"""What was changed about people. The id is person and version, so that it is also the order."""

from collections.abc import Iterable, Sequence

from pymongo import DESCENDING, IndexModel

from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {"history": [IndexModel("at", expireAfterSeconds=3 * 365 * 86_400)]}
KEPT = 200


def entry_id(person_id: str, version: int) -> str:
    return f"{person_id}/{version:012d}"


async def add(tx: Transaction, entries: Sequence[Document]) -> None:
    """Of each person the latest two hundred versions are kept, and a few more until there are fifty to go."""
    await tx.db.history.insert_many(entries, ordered=False, session=tx.session)
    for entry in entries:
        person_id, _, version = entry["_id"].partition("/")
        if int(version) % 50 == 0:
            old = {"$gte": f"{person_id}/", "$lte": entry_id(person_id, max(0, int(version) - KEPT))}
            await tx.db.history.delete_many({"_id": old}, session=tx.session)


async def forget_values(tx: Transaction, people: Iterable[str]) -> None:
    for person_id in people:
        await tx.db.history.update_many(
            {"_id": _of(person_id)},
            {"$unset": {"changes.$[].before": "", "changes.$[].after": ""}, "$set": {"reason": ""}},
            session=tx.session,
        )


async def page(db: Database, person_id: str, offset: int, limit: int) -> list[Document]:
    """The latest first."""
    found = db.history.find({"_id": _of(person_id)}).sort("_id", DESCENDING)
    return await found.skip(offset).limit(limit).to_list(limit)


def _of(person_id: str) -> Document:
    # The sign after the slash ends the range.
    return {"$gte": f"{person_id}/", "$lt": f"{person_id}0"}
