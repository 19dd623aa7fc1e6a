"""Imports of HR exports: the job, its file in portions until it is done, and what was wrong in it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from shared.mongo import Database, Document, Indexes, Transaction

_BY_ROW = [("import_id", ASCENDING), ("row", ASCENDING), ("n", ASCENDING)]
_KEPT_SECONDS = 30 * 86_400
_FILE_SECONDS = 7 * 86_400
_MOST_HEADINGS = 500
INDEXES: Indexes = {
    "imports": [
        IndexModel(
            [("agency", ASCENDING), ("key", ASCENDING)],
            unique=True,
            partialFilterExpression={"key": {"$exists": True}},
        ),
        IndexModel([("agency", ASCENDING), ("_id", DESCENDING)]),
        # What a dry run looked at is taken in once, however often somebody presses the button.
        IndexModel(
            [("file", ASCENDING)],
            unique=True,
            partialFilterExpression={"dry_run": False, "file": {"$exists": True}},
        ),
        IndexModel("at", expireAfterSeconds=_KEPT_SECONDS),
    ],
    "import_files": [
        IndexModel([("import_id", ASCENDING), ("n", ASCENDING)]),
        IndexModel("at", expireAfterSeconds=_FILE_SECONDS),
        IndexModel("forget_at", expireAfterSeconds=0),
    ],
    "import_faults": [
        IndexModel(_BY_ROW),
        IndexModel([("agency", ASCENDING), ("employee_id", ASCENDING)]),
        IndexModel("at", expireAfterSeconds=_KEPT_SECONDS),
    ],
    "import_mappings": [],
}


def file_of(job: Document) -> str:
    """The id that its file is kept under: that of the job which it came with."""
    return job.get("file", job["_id"])


async def add_piece(db: Database, file_id: str, n: int, data: bytes, at: datetime) -> None:
    """Beside the job's transaction: a file may be larger than one. Without a job it expires."""
    piece = {"_id": f"{file_id}/{n}", "import_id": file_id, "n": n, "data": data, "at": at}
    await db.import_files.insert_one(piece)


async def pieces(db: Database, file_id: str) -> AsyncIterator[bytes]:
    async for piece in db.import_files.find({"import_id": file_id}).sort([("import_id", 1), ("n", 1)]):
        yield piece["data"]


async def forget_pieces(db: Database, import_id: str) -> None:
    """Of a file that never became a job."""
    await db.import_files.delete_many({"import_id": import_id})


async def forget_file(tx: Transaction, file_id: str) -> None:
    await tx.db.import_files.delete_many({"import_id": file_id}, session=tx.session)


async def forget_file_at(tx: Transaction, file_id: str, moment: datetime) -> None:
    when = {"$set": {"forget_at": moment}}
    await tx.db.import_files.update_many({"import_id": file_id}, when, session=tx.session)


async def keep_file_on(tx: Transaction, file_id: str) -> bool:
    """While a job works on it; False where it is forgotten already."""
    kept = await tx.db.import_files.update_many(
        {"import_id": file_id}, {"$unset": {"forget_at": ""}}, session=tx.session
    )
    return kept.matched_count > 0


async def insert(tx: Transaction, job: Document) -> None:
    await tx.db.imports.insert_one(job, session=tx.session)


async def find(db: Database, agency: str, import_id: str) -> Document | None:
    return await db.imports.find_one({"_id": import_id, "agency": agency})


async def load(tx: Transaction, agency: str, import_id: str) -> Document | None:
    return await tx.db.imports.find_one({"_id": import_id, "agency": agency}, session=tx.session)


async def find_real(db: Database, file_id: str) -> Document | None:
    """The job that takes the file in, not only for looking at it."""
    return await db.imports.find_one({"file": file_id, "dry_run": False})


async def page(db: Database, agency: str, offset: int, limit: int) -> list[Document]:
    """The latest first."""
    found = db.imports.find({"agency": agency}).sort([("agency", 1), ("_id", -1)])
    return await found.skip(offset).limit(limit).to_list(limit)


async def find_by_key(db: Database, agency: str, key: str) -> Document | None:
    return await db.imports.find_one({"agency": agency, "key": key})


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
    """What is said of other headings stays, as far as the latest five hundred go."""
    before = await tx.db.import_mappings.find_one({"_id": agency}, session=tx.session)
    others = {name: field for name, field in (before or {}).get("headings", {}).items() if name not in told}
    headings = dict([*others.items(), *told.items()][-_MOST_HEADINGS:])
    await tx.db.import_mappings.replace_one(
        {"_id": agency}, {"headings": headings}, upsert=True, session=tx.session
    )


async def people_after(tx: Transaction, agency: str, after: str, limit: int) -> list[Document]:
    """The agency's next people by id, with their status."""
    query = {"agency": agency, "_id": {"$gt": after}}
    found = tx.db.people.find(query, {"status": 1, "employee_id": 1}, session=tx.session)
    return await found.sort([("agency", 1), ("_id", 1)]).limit(limit).to_list(limit)
