"""Rows for work that is due about people: to tell them of edits, to ask whether their profile is right."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne

from services.directory.people.rules.visibility import VISIBLE
from services.directory.people.store.turns import row_id, row_of
from shared import due
from shared.mongo import Document, Indexes, Mongo, Transaction

INDEXES: Indexes = {
    "edit_digests": [],
    "confirmations": [IndexModel([("sha256", ASCENDING)], sparse=True)],
}
_CHUNK = 1_000
EDIT_DIGEST, CONFIRMATION = "edit digest", "confirmation"


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
    await due.schedule(tx, [row_of(EDIT_DIGEST, person_id, due_at)])


async def take_edits(tx: Transaction, person_id: str) -> Document | None:
    return await tx.db.edit_digests.find_one_and_delete({"_id": person_id}, session=tx.session)


# --- still right? -------------------------------------------------------------------------------------


async def postpone(tx: Transaction, person_id: str, due_at: datetime) -> None:
    """The profile is right as of now: ask again then, and never by the link that was sent before."""
    await tx.db.confirmations.update_one(
        {"_id": person_id},
        {"$set": {"due_at": due_at}, "$unset": {"sha256": "", "expires_at": ""}},
        upsert=True,
        session=tx.session,
    )
    await due.move(tx, [row_of(CONFIRMATION, person_id, due_at)])


async def plan_missing(mongo: Mongo, due_at: datetime) -> int:
    """Give everybody who may be seen a day to be asked on, unless they have one; returns how many got one.
    The intake writes nothing for this.
    """
    last, planned = "", 0
    while True:
        found = (
            mongo.db.people.find({"_id": {"$gt": last}, **VISIBLE}, {"_id": 1}).hint("_id_").sort("_id", 1)
        )
        ids = [document["_id"] for document in await found.limit(_CHUNK).to_list(_CHUNK)]
        if not ids:
            return planned
        last = ids[-1]
        have = mongo.db.confirmations.find({"_id": {"$in": ids}}, {"_id": 1})
        missing = set(ids) - {document["_id"] async for document in have}
        planned += len(missing)
        if missing:
            await mongo.transact(lambda tx, missing=missing: _plan(tx, missing, due_at))


async def _plan(tx: Transaction, people: Iterable[str], due_at: datetime) -> None:
    days = [UpdateOne({"_id": id_}, {"$setOnInsert": {"due_at": due_at}}, upsert=True) for id_ in people]
    await tx.db.confirmations.bulk_write(days, ordered=False, session=tx.session)
    await due.schedule(tx, [row_of(CONFIRMATION, id_, due_at) for id_ in people])


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
    if asked.modified_count == 1:
        await due.move(tx, [row_of(CONFIRMATION, person_id, due_at)])
    return asked.modified_count == 1


async def by_secret(tx: Transaction, sha256: str) -> Document | None:
    return await tx.db.confirmations.find_one({"sha256": sha256}, session=tx.session)


async def confirm(tx: Transaction, person_id: str, now: datetime, due_at: datetime) -> Document | None:
    await due.move(tx, [row_of(CONFIRMATION, person_id, due_at)])
    return await tx.db.confirmations.find_one_and_update(
        {"_id": person_id},
        {"$set": {"due_at": due_at, "confirmed_at": now}},
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )


async def forget(tx: Transaction, people: Iterable[str]) -> None:
    """Of those whom others may not see nothing is asked and nothing told."""
    ids = list(people)
    for collection in ("edit_digests", "confirmations"):
        await tx.db[collection].delete_many({"_id": {"$in": ids}}, session=tx.session)
    await due.cancel(tx, [row_id(kind, id_) for kind in (EDIT_DIGEST, CONFIRMATION) for id_ in ids])
