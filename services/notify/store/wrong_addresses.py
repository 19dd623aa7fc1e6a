"""Whom mails do not reach: a row a person, until it is put right."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING, DeleteOne, IndexModel, ReplaceOne

from services.notify.models import WrongAddress
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "wrong_addresses": [
        IndexModel([("agency", ASCENDING), ("since", ASCENDING)], name="agency"),
        IndexModel([("since", ASCENDING)], name="untold", partialFilterExpression={"told_at": {"$eq": None}}),
    ],
    "agencies_told": [],
}


async def of(db: Database, people: Iterable[str]) -> dict[str, WrongAddress]:
    found = db.wrong_addresses.find({"_id": {"$in": list(set(people))}})
    return {document["_id"]: _read(document) async for document in found}


async def of_in(tx: Transaction, people: Iterable[str]) -> dict[str, WrongAddress]:
    found = tx.db.wrong_addresses.find({"_id": {"$in": list(set(people))}}, session=tx.session)
    return {document["_id"]: _read(document) async for document in found}


async def write(tx: Transaction, wrong: Sequence[WrongAddress], right: Iterable[str]) -> None:
    """`right`: people whose rows go."""
    changes = [
        *(ReplaceOne({"_id": one.person_id}, _document(one), upsert=True) for one in wrong),
        *(DeleteOne({"_id": person_id}) for person_id in right),
    ]
    if changes:
        await tx.db.wrong_addresses.bulk_write(changes, ordered=False, session=tx.session)


async def page(db: Database, agency: str, offset: int, limit: int) -> list[WrongAddress]:
    """The oldest first."""
    found = db.wrong_addresses.find({"agency": agency}).sort([("since", 1), ("_id", 1)])
    return [_read(document) for document in await found.skip(offset).limit(limit).to_list(limit)]


async def agencies_to_tell(db: Database, before: datetime, again: timedelta) -> list[str]:
    """Agencies with a fault that was found before `before` and is not told, and that were not told of others
    within `again`.
    """
    found = db.wrong_addresses.find({"told_at": None, "since": {"$lte": before}}, {"agency": 1})
    slugs = {document["agency"] async for document in found.sort("since", 1).limit(1_000)}
    told = db.agencies_told.find(
        {"_id": {"$in": list(slugs)}, "told_at": {"$gt": before - again}}, {"_id": 1}
    )
    return sorted(slugs - {document["_id"] async for document in told})


async def untold(tx: Transaction, agency: str) -> list[WrongAddress]:
    found = tx.db.wrong_addresses.find({"agency": agency, "told_at": None}, session=tx.session)
    return [_read(document) async for document in found.sort("since", 1)]


async def set_told(tx: Transaction, agency: str, people: Sequence[str], now: datetime) -> None:
    await tx.db.wrong_addresses.update_many(
        {"_id": {"$in": list(people)}}, {"$set": {"told_at": now}}, session=tx.session
    )
    await tx.db.agencies_told.update_one(
        {"_id": agency}, {"$set": {"told_at": now}}, upsert=True, session=tx.session
    )


def _read(document: Document) -> WrongAddress:
    return WrongAddress.model_validate({**document, "person_id": document["_id"]})


def _document(wrong: WrongAddress) -> Document:
    return {"_id": wrong.person_id, **wrong.model_dump(exclude={"person_id"})}
