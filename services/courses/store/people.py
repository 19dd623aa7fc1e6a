"""Copies of the directory's people and agencies."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from services.courses.models.people import Employee
from shared.consuming.states import Copy, find_one, from_document
from shared.contracts.directory import Agency
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.mongo import Database, Indexes, Transaction

INDEXES: Indexes = {
    "people": [
        IndexModel([("status", ASCENDING), ("employed_from", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("agency", ASCENDING), ("status", ASCENDING)]),
    ],
    "agencies": [IndexModel([("deleted", ASCENDING)])],
    "bookers": [],
}
PEOPLE = Copy(DIRECTORY_PEOPLE, Employee)
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)


async def find(db: Database, id_: str) -> Employee | None:
    return await find_one(db, "people", Employee, id_)


async def load(tx: Transaction, ids: Iterable[str]) -> dict[str, Employee]:
    wanted = {"_id": {"$in": list(ids)}, "deleted": False}
    found = await tx.db.people.find(wanted, session=tx.session).to_list(None)
    return {document["_id"]: from_document(Employee, document) for document in found}


async def agency_names(db: Database) -> dict[str, str]:
    """Every agency of the network by slug."""
    found = db.agencies.find({"deleted": False}, {"name": 1})
    return {document["_id"]: document["name"] for document in await found.to_list(None)}


async def headcounts(db: Database, agencies: Iterable[str]) -> dict[str, int]:
    """How many people the agencies have. Counted each time: for statements of cost, never for bookings."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"agency": {"$in": sorted(agencies)}, "status": "active"}},
        {"$group": {"_id": "$agency", "people": {"$sum": 1}}},
    ]
    return {found["_id"]: found["people"] async for found in db.people.aggregate(pipeline)}


async def by_start(
    tx: Transaction, earliest: date, latest: date, after: tuple[str, str] | None, limit: int
) -> list[Employee]:
    """People by start date and id, after one of them."""
    wanted: dict[str, Any] = {
        "status": "active",
        "employed_from": {"$gte": earliest.isoformat(), "$lte": latest.isoformat()},
    }
    if after:
        wanted["employed_from"]["$gte"] = max(after[0], earliest.isoformat())
        wanted["$nor"] = [{"employed_from": after[0], "_id": {"$lte": after[1]}}]
    found = tx.db.people.find(wanted, session=tx.session).sort([("employed_from", 1), ("_id", 1)])
    return [from_document(Employee, document) for document in await found.limit(limit).to_list(limit)]


async def fence(tx: Transaction, people: Iterable[str], now: datetime) -> None:
    """Make a booking and a leaving of the same person conflict: each reads what the other writes, so neither
    would notice, and a leaver would keep a seat.
    """
    writes = [UpdateOne({"_id": id_}, {"$set": {"at": now}}, upsert=True) for id_ in sorted(set(people))]
    if writes:
        await tx.db.bookers.bulk_write(writes, ordered=False, session=tx.session)
