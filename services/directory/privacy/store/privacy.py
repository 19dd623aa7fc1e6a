"""Requests about what is held on somebody, and the sealed pieces that came of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne

from shared.consuming.states import from_document
from shared.contracts.privacy import PrivacyRequest
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Indexes, Transaction
from shared.privacy import sealing

_WEEK = 7 * 86_400
INDEXES: Indexes = {
    "privacy_requests": [
        IndexModel([("open", ASCENDING)], partialFilterExpression={"open": True}),
        IndexModel([("agency", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("people.id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel("departure", sparse=True),
        IndexModel("forget_at", expireAfterSeconds=0),
    ],
    "privacy_pieces": [
        IndexModel(
            [("request_id", ASCENDING), ("service", ASCENDING), ("attempt", ASCENDING), ("n", ASCENDING)]
        ),
        IndexModel("at", expireAfterSeconds=_WEEK),
    ],
}


def public_state(document: Document) -> PrivacyRequest | Gone | None:
    """What the services are asked; nothing once it is closed, which was said when it was."""
    if document["deleted"]:
        return None
    key = document["key"]
    asked = {**document, "key": sealing.public_part(key) if key else None}
    return from_document(PrivacyRequest, asked)


async def save(tx: Transaction, request: Document) -> None:
    await tx.db.privacy_requests.replace_one(
        {"_id": request["_id"]}, request, upsert=True, session=tx.session
    )


async def load_many(tx: Transaction, ids: Iterable[str]) -> dict[str, Document]:
    found = tx.db.privacy_requests.find({"_id": {"$in": list(ids)}}, session=tx.session)
    return {row["_id"]: row for row in await found.to_list(None)}


async def find(db: Database, request_id: str) -> Document | None:
    return await db.privacy_requests.find_one({"_id": request_id})


async def to_do(db: Database) -> list[Document]:
    return await db.privacy_requests.find({"open": True}).to_list(None)


async def of_departure(db: Database, departure_id: str) -> list[Document]:
    found = db.privacy_requests.find({"departure": departure_id})
    return await found.sort("_id", ASCENDING).to_list(None)


async def page(db: Database, agency: str, person_id: str | None, offset: int, limit: int) -> list[Document]:
    """The latest first: an agency's, or somebody's own."""
    query: Document = {"agency": agency, "departure": None}
    order = [("agency", DESCENDING), ("_id", DESCENDING)]
    if person_id:
        query["people.id"] = person_id
        order = [("people.id", DESCENDING), ("_id", DESCENDING)]
    return await db.privacy_requests.find(query).sort(order).skip(offset).limit(limit).to_list(limit)


async def put_pieces(tx: Transaction, pieces: Sequence[Document]) -> None:
    if pieces:
        writes = [ReplaceOne({"_id": piece["_id"]}, piece, upsert=True) for piece in pieces]
        await tx.db.privacy_pieces.bulk_write(writes, ordered=False, session=tx.session)


def piece(request_id: str, service: str, attempt: str, n: int, sealed: str, at: datetime) -> Document:
    return {
        "_id": f"{request_id}/{service}/{attempt}/{n}",
        "request_id": request_id,
        "service": service,
        "attempt": attempt,
        "n": n,
        "sealed": sealed,
        "at": at,
    }


async def pieces(db: Database, request_id: str, service: str, attempt: str) -> list[str]:
    """Of one service's answer, in order."""
    query = {"request_id": request_id, "service": service, "attempt": attempt}
    found = await db.privacy_pieces.find(query).sort([("n", ASCENDING)]).to_list(None)
    return [each["sealed"] for each in found]


async def drop_answers(tx: Transaction, request_ids: Sequence[str]) -> None:
    """What was given out is not needed here any more: without the key nobody can read it anywhere."""
    wanted = {"_id": {"$in": list(request_ids)}}
    await tx.db.privacy_requests.update_many(wanted, {"$set": {"key": None}}, session=tx.session)
    await tx.db.privacy_pieces.delete_many({"request_id": {"$in": list(request_ids)}}, session=tx.session)


async def about(tx: Transaction, person_id: str) -> list[Document]:
    """All that somebody was asked about in, alone or with others."""
    found = tx.db.privacy_requests.find({"people.id": person_id}, session=tx.session)
    return await found.to_list(None)


async def namesakes(db: Database, people: Sequence[Document]) -> list[str]:
    """Full names of these that others have as well. Looks at everybody: only erasures ask."""
    names = {(each["given_name"], each["family_name"]) for each in people}
    mine = {each["_id"] for each in people}
    wanted = {"_id": {"$gt": ""}, "family_name": {"$in": sorted({family for _, family in names if family})}}
    shown = {"given_name": 1, "family_name": 1}
    found = db.people.find(wanted, shown).hint("_id_")
    return [
        f"{row['given_name']} {row['family_name']}"
        async for row in found
        if row["_id"] not in mine and (row["given_name"], row["family_name"]) in names
    ]
