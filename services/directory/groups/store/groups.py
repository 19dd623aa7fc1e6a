"""Groups, and the groups that people keep on their own document."""

from collections.abc import Iterable, Sequence

from pymongo import ASCENDING, IndexModel, ReplaceOne, ReturnDocument

from shared import due
from shared.consuming.states import from_document
from shared.contracts.directory import Group
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "groups": [
        IndexModel([("deleted", ASCENDING), ("sort_name", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("members", ASCENDING), ("sort_name", ASCENDING)]),
        IndexModel("gone_at", sparse=True),
    ]
}


def public_state(document: Document) -> Group | Gone:
    """As others see it: an owner who may not be seen is not named."""
    if document["deleted"]:
        return Gone(id=document["_id"], version=document["version"])
    hidden = document["owner_id"] in document["withheld"]
    return from_document(Group, {**document, "owner_id": None if hidden else document["owner_id"]})


async def insert(tx: Transaction, document: Document) -> None:
    await tx.db.groups.insert_one(document, session=tx.session)
    await _follow(tx, document)


async def last_version(tx: Transaction, group_id: str) -> int:
    """Of the group, though it is gone; 0 where there was none."""
    found = await tx.db.groups.find_one({"_id": group_id}, {"version": 1}, session=tx.session)
    return found["version"] if found else 0


async def begin(tx: Transaction, document: Document) -> None:
    """Insert it, or put it in the place of one that is gone."""
    await tx.db.groups.replace_one({"_id": document["_id"]}, document, upsert=True, session=tx.session)


async def drop_decisions(tx: Transaction, group_id: str) -> None:
    await tx.db.group_decisions.delete_many({"group_id": group_id}, session=tx.session)


async def load(tx: Transaction, group_id: str) -> Document | None:
    return await tx.db.groups.find_one({"_id": group_id, "deleted": False}, session=tx.session)


async def load_many(tx: Transaction, ids: Iterable[str]) -> list[Document]:
    found = tx.db.groups.find({"_id": {"$in": list(ids)}, "deleted": False}, session=tx.session)
    return await found.to_list(None)


async def save_many(tx: Transaction, documents: Sequence[Document]) -> None:
    await tx.db.groups.bulk_write(
        [ReplaceOne({"_id": document["_id"]}, document) for document in documents],
        ordered=False,
        session=tx.session,
    )
    for document in documents:
        await _follow(tx, document)


async def _follow(tx: Transaction, group: Document) -> None:
    """A row that says when the group is to be looked after."""
    id_ = f"group/{group['_id']}"
    await due.follow(tx, id_, "group", id_, group.get("due_at"))


async def find(db: Database, group_id: str) -> Document | None:
    return await db.groups.find_one({"_id": group_id, "deleted": False})


async def list_page(db: Database, member: str | None, offset: int, limit: int) -> list[Document]:
    """By name; only those that show `member` where one is given."""
    query: Document = {"deleted": False} if member is None else {"members": member, "deleted": False}
    found = db.groups.find(query, {"members": 0, "withheld": 0}).sort([("sort_name", 1), ("_id", 1)])
    return await found.skip(offset).limit(limit).to_list(limit)


async def names(db: Database, ids: Iterable[str]) -> dict[str, str]:
    found = db.groups.find({"_id": {"$in": list(ids)}, "deleted": False}, {"name": 1})
    return {document["_id"]: document["name"] for document in await found.to_list(None)}


async def set_on_person(tx: Transaction, person_id: str, group_id: str, *, member: bool) -> Document:
    """Note the group on the person, who must exist; returns the person after."""
    change = "$addToSet" if member else "$pull"
    return await tx.db.people.find_one_and_update(
        {"_id": person_id},
        {change: {"groups": group_id}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )


async def set_on_people(
    tx: Transaction, ids: Sequence[str], group_id: str, *, member: bool
) -> list[Document]:
    """Note the group on these people; returns them after."""
    if not ids:
        return []
    change = "$addToSet" if member else "$pull"
    query = {"_id": {"$in": list(ids)}}
    await tx.db.people.update_many(
        query, {change: {"groups": group_id}, "$inc": {"version": 1}}, session=tx.session
    )
    return await tx.db.people.find(query, session=tx.session).to_list(None)
