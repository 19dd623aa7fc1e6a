"""Agencies that leave: the job, and the archive in pieces."""

from collections.abc import AsyncIterator
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from services.directory.intake.store import feeds
from shared import due
from shared.mongo import Database, Document, Indexes, Transaction

_YEAR, _MONTH = 365 * 86_400, 30 * 86_400
PIECE = 1_000_000
INDEXES: Indexes = {
    "departures": [
        IndexModel("agency"),
        IndexModel("at", expireAfterSeconds=_YEAR),
    ],
    "departure_files": [
        IndexModel([("departure_id", ASCENDING), ("n", ASCENDING)]),
        IndexModel("at", expireAfterSeconds=_MONTH),
    ],
}


async def save(tx: Transaction, job: Document) -> None:
    await tx.db.departures.replace_one({"_id": job["_id"]}, job, upsert=True, session=tx.session)
    if job["open"]:
        await due.schedule(tx, [due_row(job)])


def due_row(job: Document) -> due.Row:
    data = {"departure": job["_id"]}
    return due.Row(f"departure/{job['_id']}", "departure", f"agency/{job['agency']}", job["at"], data)


async def load(tx: Transaction, departure_id: str) -> Document | None:
    return await tx.db.departures.find_one({"_id": departure_id}, session=tx.session)


async def find(db: Database, departure_id: str) -> Document | None:
    return await db.departures.find_one({"_id": departure_id})


async def of_agency(tx: Transaction, agency: str) -> list[Document]:
    return await tx.db.departures.find({"agency": agency}, session=tx.session).to_list(None)


async def put_piece(db: Database, departure_id: str, n: int, data: bytes, at: datetime) -> None:
    """Beside a transaction: the archive may be larger than one. Made again, it takes the other's place."""
    piece = {"_id": f"{departure_id}/{n}", "departure_id": departure_id, "n": n, "data": data, "at": at}
    await db.departure_files.replace_one({"_id": piece["_id"]}, piece, upsert=True)


async def pieces(db: Database, departure_id: str) -> AsyncIterator[bytes]:
    found = db.departure_files.find({"departure_id": departure_id})
    async for piece in found.sort([("departure_id", 1), ("n", 1)]):
        yield piece["data"]


async def practices_of(db: Database, agency: str) -> list[Document]:
    return await db.practices.find({"agency": agency}).to_list(None)


async def mappings_of(db: Database, agency: str) -> list[Document]:
    return await db.role_mappings.find({"agency": agency}).to_list(None)


async def people_of(db: Database, agency: str, after: str, limit: int) -> list[Document]:
    """Everybody who is not erased, by id, the protected and those who have left too."""
    query = {"agency": agency, "_id": {"$gt": after}, "employee_id": {"$ne": ""}}
    found = db.people.find(query).sort([("agency", 1), ("_id", 1)]).limit(limit)
    return await found.to_list(limit)


# What is an agency's own and no person's, by a field or by how ids begin. Practices that others took over are
# theirs by now.
_BY_FIELD = (
    "corrections",
    "headcounts",
    "import_faults",
    "imports",
    "mass_leaves",
    "practices",
    "role_mappings",
    "scim_resources",
)
_BY_ID = ("idempotency", "import_mappings", "leave_windows", "lone_gaps", "lone_settled")


async def drop_belongings(tx: Transaction, agency: str) -> None:
    """Idempotent."""
    imports = await tx.db.imports.find({"agency": agency}, {"_id": 1, "file": 1}, session=tx.session).to_list(
        None
    )
    files = sorted({row.get("file", row["_id"]) for row in imports})
    await tx.db.import_files.delete_many({"import_id": {"$in": files}}, session=tx.session)
    for name in _BY_FIELD:
        await tx.db[name].delete_many({"agency": agency}, session=tx.session)
    begins = {"$or": [{"_id": agency}, {"_id": {"$gte": f"{agency}/", "$lt": f"{agency}0"}}]}
    for name in _BY_ID:
        await tx.db[name].delete_many(begins, session=tx.session)
    # But not its own going, which may have to come back to it.
    work = {"subject": f"agency/{agency}", "kind": {"$ne": "departure"}}
    await tx.db.due.delete_many(work, session=tx.session)
    await feeds.forget(tx, agency)
    await _drop_questions(tx, agency)


async def _drop_questions(tx: Transaction, agency: str) -> None:
    """Those that nobody of another agency has answered; the others' answers are worth nothing without the
    question.
    """
    asked = await tx.db.questions.find({"agency": agency}, {"_id": 1}, session=tx.session).to_list(None)
    ids = [row["_id"] for row in asked]
    answers = tx.db.answers.find({"question_id": {"$in": ids}}, session=tx.session)
    kept = {row["question_id"] async for row in answers if row["agency"] != agency}
    gone = [id_ for id_ in ids if id_ not in kept]
    await tx.db.answers.delete_many({"question_id": {"$in": gone}}, session=tx.session)
    await tx.db.questions.delete_many({"_id": {"$in": gone}}, session=tx.session)
