"""What has come of an agency's staff records, a day and door at a time, and what of it was parked."""

from datetime import datetime
from typing import Literal

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.directory.intake.models import Door
from shared.consuming import interruptions
from shared.contracts.topics import staff_topic
from shared.mongo import Database, Document, Indexes, Transaction

Kind = Literal["refused", "failed"]
INDEXES: Indexes = {
    "arrivals": [
        IndexModel([("agency", ASCENDING), ("at", DESCENDING)]),
        IndexModel("at", expireAfterSeconds=400 * 86_400),
    ],
    # An agency's, the latest first, for its coordinator.
    "parked": [IndexModel([("topic", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)])],
}


async def note(tx: Transaction, agency: str, door: Door, records: int, now: datetime, writer: str) -> None:
    """`writer` tells those apart who write at the same time, so that they don't conflict."""
    await tx.db.arrivals.update_one(
        {"_id": f"{agency}/{now:%Y-%m-%d}/{door}/{writer}"},
        {"$inc": {"records": records}, "$max": {"at": now}, "$setOnInsert": {"agency": agency, "door": door}},
        upsert=True,
        session=tx.session,
    )


async def last(db: Database, agency: str) -> Document | None:
    """The newest arrival of all doors."""
    return await db.arrivals.find_one({"agency": agency}, sort=[("agency", 1), ("at", -1)])


async def since(db: Database, agency: str, moment: datetime) -> dict[Door, int]:
    """How many records came by each door since then, by whole days."""
    stages: list[Document] = [
        {"$match": {"agency": agency, "at": {"$gte": moment}}},
        {"$group": {"_id": "$door", "records": {"$sum": "$records"}}},
        {"$sort": {"_id": 1}},
    ]
    return {each["_id"]: each["records"] async for each in db.arrivals.aggregate(stages)}


async def parked(db: Database, agency: str, offset: int, limit: int) -> list[Document]:
    """Why each waits, the latest first, without what is in it."""
    found = db.parked.find({"topic": staff_topic(agency).name}, {"value": 0})
    return (
        await found.sort([("at", DESCENDING), ("_id", DESCENDING)]).skip(offset).limit(limit).to_list(limit)
    )


async def count_parked(db: Database, agency: str, kind: Kind, after: datetime, most: int) -> int:
    query = {"topic": staff_topic(agency).name, "kind": kind, "at": {"$gte": after}}
    return await db.parked.count_documents(query, limit=most)


async def forget(tx: Transaction, agency: str) -> None:
    """Of an agency that leaves."""
    await tx.db.arrivals.delete_many({"agency": agency}, session=tx.session)
    await tx.db.parked.delete_many({"topic": staff_topic(agency).name}, session=tx.session)
    await interruptions.forget(tx, staff_topic(agency).name)
