"""Occasions."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.courses.models.documents import Occasion
from shared import due
from shared.consuming.states import from_document, to_document
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "occasions": [
        IndexModel("gone_at", sparse=True),
        IndexModel([("first_day", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("course_id", ASCENDING), ("first_day", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("host", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("settle_due", ASCENDING)]),
    ]
}


def _read(documents: Iterable[Document]) -> list[Occasion]:
    return [from_document(Occasion, document) for document in documents]


async def find(db: Database, id_: str) -> Occasion | None:
    document = await db.occasions.find_one({"_id": id_})
    return from_document(Occasion, document) if document else None


async def listed(
    db: Database, course_id: str | None, since: date | None, *, offset: int, limit: int
) -> list[Occasion]:
    """By first day."""
    wanted: dict[str, Any] = {"first_day": {"$gte": since or date.min}}
    if course_id:
        wanted["course_id"] = course_id
    found = db.occasions.find(wanted).sort([("first_day", 1), ("_id", 1)]).skip(offset).limit(limit)
    return _read(await found.to_list(limit))


async def within(db: Database, since: date, before: date) -> list[Occasion]:
    """Those that begin in the period."""
    found = db.occasions.find({"first_day": {"$gte": since, "$lt": before}})
    return _read(await found.sort([("first_day", 1), ("_id", 1)]).to_list(None))


async def unsettled(db: Database, since: date, before: date) -> list[Occasion]:
    """Those whose last day is in the period and whose cost has yet to be settled."""
    found = db.occasions.find({"settle_due": {"$gte": since, "$lt": before}}).sort("settle_due", 1)
    return _read(await found.to_list(None))


async def hosted_by(db: Database, agency: str, after: str, limit: int) -> list[Occasion]:
    """By id behind `after`."""
    found = db.occasions.find({"host": agency, "_id": {"$gt": after}}).sort([("host", 1), ("_id", 1)])
    return _read(await found.limit(limit).to_list(limit))


async def remove(tx: Transaction, id_: str) -> None:
    await tx.db.occasions.delete_one({"_id": id_}, session=tx.session)
    await due.cancel_of(tx, [f"occasion/{id_}"])


async def load(tx: Transaction, id_: str) -> Occasion | None:
    document = await tx.db.occasions.find_one({"_id": id_}, session=tx.session)
    return from_document(Occasion, document) if document else None


async def many(db: Database, ids: Iterable[str]) -> dict[str, Occasion]:
    found = await db.occasions.find({"_id": {"$in": list(ids)}}).to_list(None)
    return {occasion.id: occasion for occasion in _read(found)}


async def load_many(tx: Transaction, ids: Iterable[str]) -> list[Occasion]:
    found = tx.db.occasions.find({"_id": {"$in": list(ids)}}, session=tx.session)
    return _read(await found.to_list(None))


async def coming(tx: Transaction, course_ids: Iterable[str], today: date) -> list[Occasion]:
    """Of these courses, what has not begun; by first day."""
    wanted = {"course_id": {"$in": list(course_ids)}, "first_day": {"$gt": today}}
    found = tx.db.occasions.find(wanted, session=tx.session).sort([("first_day", 1), ("_id", 1)])
    return _read(await found.to_list(None))


async def insert(tx: Transaction, occasion: Occasion) -> None:
    await tx.db.occasions.insert_one(_document(occasion), session=tx.session)


async def save(tx: Transaction, occasion: Occasion) -> None:
    """`occasion` is one version on. Whoever else writes it meanwhile conflicts with this transaction, which
    is what keeps a seat from being sold twice.
    """
    expected = {"_id": occasion.id, "version": occasion.version - 1}
    done = await tx.db.occasions.replace_one(expected, _document(occasion), session=tx.session)
    if done.matched_count != 1:
        raise RuntimeError(f"occasion {occasion.id} was not read in the transaction that writes it")


def _document(occasion: Occasion) -> Document:
    return {**to_document(occasion), "first_day": occasion.first_day, "last_day": occasion.last_day}
