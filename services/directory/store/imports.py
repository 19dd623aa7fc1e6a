"""Imports of HR exports: the job, its file in portions until it is done, and what was wrong in it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument

from shared.mongo import Database, Document, Indexes, Transaction

_BY_ROW = [("import_id", ASCENDING), ("row", ASCENDING), ("n", ASCENDING)]
_KEPT_SECONDS = 30 * 86_400
_FILE_SECONDS = 7 * 86_400
INDEXES: Indexes = {
    "imports": [
        IndexModel([("open", ASCENDING), ("at", ASCENDING)], partialFilterExpression={"open": True}),
        IndexModel(
            [("agency", ASCENDING), ("key", ASCENDING)],
            unique=True,
            partialFilterExpression={"key": {"$exists": True}},
        ),
        IndexModel("at", expireAfterSeconds=_KEPT_SECONDS),
    ],
    "import_files": [
        IndexModel([("import_id", ASCENDING), ("n", ASCENDING)]),
        IndexModel("at", expireAfterSeconds=_FILE_SECONDS),
    ],
    "import_faults": [
        IndexModel(_BY_ROW),
        IndexModel([("agency", ASCENDING), ("employee_id", ASCENDING)]),
        IndexModel("at", expireAfterSeconds=_KEPT_SECONDS),
    ],
    "import_mappings": [],
}


async def add_piece(db: Database, import_id: str, n: int, data: bytes, at: datetime) -> None:
    """Beside the job's transaction: a file may be larger than one. Without a job it expires."""
    piece = {"_id": f"{import_id}/{n}", "import_id": import_id, "n": n, "data": data, "at": at}
    await db.import_files.insert_one(piece)


async def pieces(db: Database, import_id: str) -> AsyncIterator[bytes]:
    async for piece in db.import_files.find({"import_id": import_id}).sort([("import_id", 1), ("n", 1)]):
        yield piece["data"]


async def forget_pieces(db: Database, import_id: str) -> None:
    """Of a file that never became a job."""
    await db.import_files.delete_many({"import_id": import_id})


async def forget_file(tx: Transaction, import_id: str) -> None:
    await tx.db.import_files.delete_many({"import_id": import_id}, session=tx.session)


async def insert(tx: Transaction, job: Document) -> None:
    await tx.db.imports.insert_one(job, session=tx.session)


async def find(db: Database, agency: str, import_id: str) -> Document | None:
    return await db.imports.find_one({"_id": import_id, "agency": agency})


async def find_by_key(db: Database, agency: str, key: str) -> Document | None:
    return await db.imports.find_one({"agency": agency, "key": key})


async def waiting(db: Database) -> list[Document]:
    """Oldest first."""
    return await db.imports.find({"open": True}).sort([("open", 1), ("at", 1)]).limit(20).to_list(20)


async def change(tx: Transaction, import_id: str, step: int, changes: Mapping[str, Any]) -> Document | None:
    """The job after; None if somebody else has taken this step."""
    return await tx.db.imports.find_one_and_update(
        {"_id": import_id, "step": step}, changes, return_document=ReturnDocument.AFTER, session=tx.session
    )


async def add_faults(tx: Transaction, faults: Sequence[Document]) -> None:
    if faults:
        await tx.db.import_faults.insert_many(faults, session=tx.session)


async def faults(db: Database, import_id: str, limit: int) -> list[Document]:
    return await db.import_faults.find({"import_id": import_id}).sort(_BY_ROW).limit(limit).to_list(limit)


async def each_fault(db: Database, import_id: str) -> AsyncIterator[Document]:
    async for fault in db.import_faults.find({"import_id": import_id}).sort(_BY_ROW):
        yield fault


async def mapping(db: Database, agency: str) -> dict[str, str | None]:
    """The agency's own: folded heading to field, or to None for a column that is to be left out."""
    found = await db.import_mappings.find_one({"_id": agency})
    return dict(found["headings"]) if found else {}


async def remember_mapping(tx: Transaction, agency: str, told: Mapping[str, str | None]) -> None:
    await tx.db.import_mappings.replace_one(
        {"_id": agency}, {"headings": dict(told)}, upsert=True, session=tx.session
    )


async def people_after(tx: Transaction, agency: str, after: str, limit: int) -> list[Document]:
    """The agency's next people by id, with their status."""
    query = {"agency": agency, "_id": {"$gt": after}}
    found = tx.db.people.find(query, {"status": 1}, session=tx.session).sort([("agency", 1), ("_id", 1)])
    return await found.limit(limit).to_list(limit)
