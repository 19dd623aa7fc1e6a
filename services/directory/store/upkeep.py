"""What is due about people by the clock: to tell them who edited them, to ask them whether their profile is
still right, roles that begin or end, and to say once more that somebody is gone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne

from services.directory.store.profiles import VISIBLE
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "edit_digests": [IndexModel([("due_at", ASCENDING)])],
    "confirmations": [
        IndexModel([("due_at", ASCENDING)]),
        IndexModel([("sha256", ASCENDING)], sparse=True),
    ],
    "role_turns": [IndexModel([("due_at", ASCENDING)])],
    "last_words": [IndexModel([("due_at", ASCENDING)])],
}
_AT_ONCE = 100
_CHUNK = 1_000


async def due(db: Database, collection: str, now: datetime) -> list[str]:
    """Person ids, those due the longest first."""
    found = db[collection].find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at", ASCENDING)
    return [document["_id"] for document in await found.limit(_AT_ONCE).to_list(_AT_ONCE)]


async def take(tx: Transaction, collection: str, person_id: str, now: datetime) -> Document | None:
    """Take it out, if it is still due: the transactions of two who try conflict."""
    due_still = {"_id": person_id, "due_at": {"$lte": now}}
    return await tx.db[collection].find_one_and_delete(due_still, session=tx.session)


# --- who edited whom ----------------------------------------------------------------------------------


async def note_edit(
    tx: Transaction, person_id: str, fields: Sequence[str], editor_id: str, due_at: datetime
) -> None:
    """What was edited since the last mail; the first edit says when the next is due."""
    await tx.db.edit_digests.update_one(
        {"_id": person_id},
        {
            "$setOnInsert": {"due_at": due_at},
            "$addToSet": {"fields": {"$each": list(fields)}, "editors": editor_id},
        },
        upsert=True,
        session=tx.session,
    )


# --- still right? -------------------------------------------------------------------------------------


async def postpone(tx: Transaction, person_id: str, due_at: datetime) -> None:
    """The profile is right as of now: ask again then, and never by the link that was sent before."""
    await tx.db.confirmations.update_one(
        {"_id": person_id},
        {"$set": {"due_at": due_at}, "$unset": {"sha256": "", "expires_at": ""}},
        upsert=True,
        session=tx.session,
    )


async def plan_missing(db: Database, due_at: datetime) -> int:
    """Give everybody who may be seen a day to be asked on, unless they have one; returns how many got one.
    The intake writes nothing for this.
    """
    last, planned = "", 0
    while True:
        found = db.people.find({"_id": {"$gt": last}, **VISIBLE}, {"_id": 1}).hint("_id_").sort("_id", 1)
        ids = [document["_id"] for document in await found.limit(_CHUNK).to_list(_CHUNK)]
        if not ids:
            return planned
        last = ids[-1]
        have = db.confirmations.find({"_id": {"$in": ids}}, {"_id": 1})
        missing = set(ids) - {document["_id"] async for document in have}
        planned += len(missing)
        if missing:
            rows = [
                UpdateOne({"_id": id_}, {"$setOnInsert": {"due_at": due_at}}, upsert=True) for id_ in missing
            ]
            await db.confirmations.bulk_write(rows, ordered=False)


async def ask(
    tx: Transaction, person_id: str, now: datetime, due_at: datetime, sha256: str, expires_at: datetime
) -> bool:
    """Whether it was still due: then the new secret is the one that counts."""
    asked = await tx.db.confirmations.update_one(
        {"_id": person_id, "due_at": {"$lte": now}},
        {
            "$set": {"due_at": due_at, "sha256": sha256, "expires_at": expires_at},
            "$unset": {"confirmed_at": ""},
        },
        session=tx.session,
    )
    return asked.modified_count == 1


async def by_secret(tx: Transaction, sha256: str) -> Document | None:
    return await tx.db.confirmations.find_one({"sha256": sha256}, session=tx.session)


async def confirm(tx: Transaction, person_id: str, now: datetime, due_at: datetime) -> Document | None:
    return await tx.db.confirmations.find_one_and_update(
        {"_id": person_id},
        {"$set": {"due_at": due_at, "confirmed_at": now}},
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )


# --- roles that begin or end --------------------------------------------------------------------------


async def plan_turns(tx: Transaction, turns: Iterable[Document]) -> None:
    """The next day on which a role of each begins or ends; `due_at` None where there is none."""
    for turn in turns:
        if turn["due_at"] is None:
            await tx.db.role_turns.delete_one({"_id": turn["_id"]}, session=tx.session)
        else:
            await tx.db.role_turns.replace_one({"_id": turn["_id"]}, turn, upsert=True, session=tx.session)


async def plan_last_words(tx: Transaction, people: Iterable[str], due_at: datetime) -> None:
    for person_id in people:
        word = {"_id": person_id, "due_at": due_at}
        await tx.db.last_words.replace_one({"_id": person_id}, word, upsert=True, session=tx.session)


async def forget(tx: Transaction, people: Iterable[str]) -> None:
    """Of those whom others may not see nothing is asked and nothing told."""
    for collection in ("edit_digests", "confirmations"):
        await tx.db[collection].delete_many({"_id": {"$in": list(people)}}, session=tx.session)
