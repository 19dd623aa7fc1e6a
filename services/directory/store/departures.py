"""Agencies that leave: the job, and the archive in pieces."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from services.directory.store import feeds
from shared.mongo import Database, Document, Indexes, Transaction

_YEAR, _MONTH = 365 * 86_400, 30 * 86_400
PIECE = 1_000_000
INDEXES: Indexes = {
    "departures": [
        IndexModel([("open", ASCENDING)], partialFilterExpression={"open": True}),
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


async def load(tx: Transaction, departure_id: str) -> Document | None:
    return await tx.db.departures.find_one({"_id": departure_id}, session=tx.session)


async def find(db: Database, departure_id: str) -> Document | None:
    return await db.departures.find_one({"_id": departure_id})


async def of_agency(tx: Transaction, agency: str) -> list[Document]:
    return await tx.db.departures.find({"agency": agency}, session=tx.session).to_list(None)


async def to_do(db: Database) -> list[Document]:
    """Those whose archive or whose end is still to be made."""
    return await db.departures.find({"open": True}).to_list(None)


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


async def drop_belongings(tx: Transaction, agency: str) -> None:
    """What was the agency's own and no person's. Practices that others took over are theirs by now."""
    for name in ("practices", "role_mappings", "scim_resources"):
        await tx.db[name].delete_many({"agency": agency}, session=tx.session)
    await feeds.forget(tx, agency)


async def drop_work(tx: Transaction, ids: Iterable[str]) -> None:
    await tx.db.agency_work.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)
