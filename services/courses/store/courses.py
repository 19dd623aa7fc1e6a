"""Courses."""

from pymongo import ASCENDING, IndexModel

from services.courses.models.documents import Course
from shared.consuming.states import from_document, to_document
from shared.mongo import Database, Indexes, Transaction

INDEXES: Indexes = {"courses": [IndexModel([("has_tenure_rule", ASCENDING)]), IndexModel("agency")]}


async def find(db: Database, id_: str) -> Course | None:
    document = await db.courses.find_one({"_id": id_})
    return from_document(Course, document) if document else None


async def listed(db: Database, *, offset: int, limit: int) -> list[Course]:
    """In the order they were made."""
    found = db.courses.find({"_id": {"$gt": ""}}).sort("_id", 1).skip(offset).limit(limit)
    return [from_document(Course, document) for document in await found.to_list(limit)]


async def of_agency(db: Database, agency: str) -> list[str]:
    found = await db.courses.find({"agency": agency}, {"_id": 1}).to_list(None)
    return [document["_id"] for document in found]


async def remove(tx: Transaction, id_: str) -> None:
    """With the search for people whom it fits, and whom it was recommended to."""
    await tx.db.courses.delete_one({"_id": id_}, session=tx.session)
    await tx.db.sweeps.delete_one({"_id": id_}, session=tx.session)
    told = {"_id": {"$gte": f"{id_}/", "$lt": f"{id_}/~"}}
    await tx.db.recommendations.delete_many(told, session=tx.session)


async def load(tx: Transaction, id_: str) -> Course | None:
    document = await tx.db.courses.find_one({"_id": id_}, session=tx.session)
    return from_document(Course, document) if document else None


async def with_tenure_rule(tx: Transaction) -> list[Course]:
    found = tx.db.courses.find({"has_tenure_rule": True}, session=tx.session)
    return [from_document(Course, document) for document in await found.to_list(None)]


async def save(tx: Transaction, course: Course) -> None:
    document = {**to_document(course), "has_tenure_rule": course.has_tenure_rule}
    await tx.db.courses.replace_one({"_id": course.id}, document, upsert=True, session=tx.session)
