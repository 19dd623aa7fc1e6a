"""Copies of who there is, so that signing in does not depend on the directory's being up."""

from collections.abc import Iterable

from pymongo import ASCENDING, IndexModel

from services.portal.models import Reader
from shared.contracts.directory import Agency
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.mongo import Database, Indexes
from shared.states import Copy, find_one, from_document

INDEXES: Indexes = {
    "people": [IndexModel([("email", ASCENDING)], collation={"locale": "sv", "strength": 2})],
    "agencies": [IndexModel([("deleted", ASCENDING)])],
}
PEOPLE = Copy(DIRECTORY_PEOPLE, Reader)
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)


async def with_address(db: Database, address: str) -> list[Reader]:
    """Everybody active with this address, whatever its case. Protected people are in no copy."""
    found = db.people.find({"email": address, "deleted": False, "status": "active"})
    documents = await found.collation({"locale": "sv", "strength": 2}).to_list(10)
    return [from_document(Reader, document) for document in documents]


async def person(db: Database, person_id: str) -> Reader | None:
    return await find_one(db, "people", Reader, person_id)


async def many(db: Database, ids: Iterable[str]) -> dict[str, Reader]:
    """By id, those of them who may be named: protected people are in no copy."""
    found = db.people.find({"_id": {"$in": list(ids)}, "deleted": False})
    return {each["_id"]: from_document(Reader, each) for each in await found.to_list(None)}


async def agency(db: Database, slug: str) -> Agency | None:
    return await find_one(db, "agencies", Agency, slug)


async def agencies(db: Database) -> list[Agency]:
    found = await db.agencies.find({"deleted": False}).to_list(None)
    return sorted((from_document(Agency, one) for one in found), key=lambda one: one.name.casefold())
