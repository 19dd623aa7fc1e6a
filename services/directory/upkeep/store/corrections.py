"""Corrections that somebody proposed, and what the agency's coordinator made of them."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "corrections": [
        IndexModel([("agency", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("agency", ASCENDING), ("state", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("proposer_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("proposer_agency", ASCENDING), ("by_system", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("person_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel("decided_by"),
        IndexModel("created_at", expireAfterSeconds=3 * 365 * 86_400),
    ]
}
MOST_WAITING = 20


async def insert(tx: Transaction, document: Document) -> None:
    await tx.db.corrections.insert_one(document, session=tx.session)


async def load(tx: Transaction, correction_id: str) -> Document | None:
    return await tx.db.corrections.find_one({"_id": correction_id}, session=tx.session)


async def find(db: Database, correction_id: str) -> Document | None:
    return await db.corrections.find_one({"_id": correction_id})


async def save(tx: Transaction, document: Document) -> None:
    await tx.db.corrections.replace_one({"_id": document["_id"]}, document, session=tx.session)


async def is_full(tx: Transaction, person_id: str) -> bool:
    """Whether as many wait about this person as anybody will look at."""
    waiting = {"person_id": person_id, "state": "waiting"}
    found = tx.db.corrections.find(waiting, {"_id": 1}, session=tx.session).limit(MOST_WAITING)
    return len(await found.to_list(MOST_WAITING)) == MOST_WAITING


async def page(db: Database, query: Document, offset: int, limit: int) -> list[Document]:
    """The latest first; by `agency`, by `proposer_id`, or by `proposer_agency` and `by_system`."""
    found = db.corrections.find(query).sort("_id", DESCENDING)
    return await found.skip(offset).limit(limit).to_list(limit)


async def forget(tx: Transaction, people: Iterable[str]) -> None:
    """Of those who have left or are protected there is nothing to correct; what was said of them goes."""
    about = {"person_id": {"$in": list(people)}}
    waiting = {**about, "state": "waiting"}
    await tx.db.corrections.update_many(waiting, {"$set": {"state": "pointless"}}, session=tx.session)
    gone = {"$set": {"value": None, "comment": "", "answer": ""}}
    await tx.db.corrections.update_many(about, gone, session=tx.session)
