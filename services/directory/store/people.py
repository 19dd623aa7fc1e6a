"""People as merged, and the agencies' records as they came."""

from collections.abc import AsyncIterator, Iterable, Sequence

from pymongo import ASCENDING, IndexModel, InsertOne, ReplaceOne

from shared.contracts.directory import Person
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Indexes, Mongo, Transaction
from shared.states import from_document

INDEXES: Indexes = {
    "people": [
        IndexModel([("agency", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("email", sparse=True),
        IndexModel("gone_at", sparse=True),
    ],
    "staff_records": [],
}
_CONTACT = {"email": None, "phone": "", "absence": None, "ask_me_about": (), "groups": ()}


def public_state(document: Document) -> Person | Gone | None:
    """As others see the person: nothing of the protected, no contact details of who has left, and not a word
    of those whom others never saw.
    """
    if document["protected"]:
        return Gone(id=document["_id"], version=document["version"]) if document["public"] else None
    if document["status"] == "left":
        if not document["public"]:
            return None
        document = {**document, **_CONTACT}
    return from_document(Person, document)


async def load_records(tx: Transaction, ids: Iterable[str]) -> dict[str, Document]:
    found = tx.db.staff_records.find({"_id": {"$in": list(ids)}}, session=tx.session, batch_size=1_000)
    return {document["_id"]: document for document in await found.to_list(None)}


async def save(tx: Transaction, new: Sequence[Document], changed: Sequence[Document]) -> None:
    writes = [*map(InsertOne, new), *(ReplaceOne({"_id": each["_id"]}, each) for each in changed)]
    if writes:
        await tx.db.people.bulk_write(writes, ordered=False, session=tx.session)


async def save_records(tx: Transaction, new: Sequence[Document], changed: Sequence[Document]) -> None:
    writes = [*map(InsertOne, new), *(ReplaceOne({"_id": each["_id"]}, each) for each in changed)]
    if writes:
        await tx.db.staff_records.bulk_write(writes, ordered=False, session=tx.session)


async def find_by_email(db: Database, email: str) -> list[Document]:
    """Several, where agencies share an address; people are never joined by it."""
    return await db.people.find({"email": email, "status": "active"}).limit(10).to_list(10)


async def ids_of_agency(mongo: Mongo, agency: str, size: int) -> AsyncIterator[list[str]]:
    """Everybody's id, in portions, protected and left ones too."""
    last = ""
    while True:
        query = {"agency": agency, "_id": {"$gt": last}}
        found = mongo.db.people.find(query, {"_id": 1}).sort([("agency", 1), ("_id", 1)]).limit(size)
        ids = [document["_id"] for document in await found.to_list(size)]
        if not ids:
            return
        yield ids
        last = ids[-1]
