"""Copies of who there is, so that signing in does not depend on the directory's being up."""

from collections.abc import Iterable

from pymongo import ASCENDING, IndexModel, UpdateOne

from services.portal.models import Reader
from shared.consuming.states import Copy, find_one, from_document
from shared.contracts.directory import Agency
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.formats.addresses import canonical
from shared.formats.alphabet import sort_key
from shared.mongo import Database, Indexes

INDEXES: Indexes = {
    "people": [IndexModel([("sign_in_at", ASCENDING), ("agency", ASCENDING), ("_id", ASCENDING)])],
    "agencies": [IndexModel([("deleted", ASCENDING)])],
}
# Enough to see that a mailbox is shared.
_MOST = 20
PEOPLE = Copy(DIRECTORY_PEOPLE, Reader)
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)


async def with_address(db: Database, address: str, agency: str) -> list[Reader]:
    """The agency's active records with this address, in whatever way it is written. Protected people are in
    no copy.
    """
    wanted = {"sign_in_at": canonical(address), "agency": agency, "deleted": False, "status": "active"}
    documents = await db.people.find(wanted).sort("_id", ASCENDING).to_list(_MOST)
    return [from_document(Reader, document) for document in documents]


async def complete(db: Database) -> None:
    """A copy from before addresses had one form gets it, so that nobody waits for a rebuild to sign in."""
    last = ""
    while True:
        old = {"_id": {"$gt": last}, "deleted": False, "sign_in_at": {"$exists": False}}
        found = await db.people.find(old).hint("_id_").sort("_id", ASCENDING).limit(500).to_list(500)
        if not found:
            return
        last = found[-1]["_id"]
        await db.people.bulk_write(
            [
                UpdateOne(
                    # Unless a newer state has come in meanwhile.
                    {"_id": one["_id"], "version": one["version"]},
                    {"$set": {"sign_in_at": from_document(Reader, one).sign_in_at}},
                )
                for one in found
            ],
            ordered=False,
        )


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
    return sorted((from_document(Agency, one) for one in found), key=lambda one: sort_key(one.name))
