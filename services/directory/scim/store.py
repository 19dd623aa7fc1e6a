"""Identity providers' users and groups, as they gave them, and the mirror that is searched (scim/keys.py)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from shared.mongo import Database, Document, Indexes, Transaction

USER, GROUP = "User", "Group"


def _index(*names: str, **options: Any) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in ("agency", "kind", *names)], **options)


INDEXES: Indexes = {
    "scim_resources": [
        _index("_id"),
        _index("keys.user_name", unique=True, partialFilterExpression={"kind": USER}, name="user_name"),
        _index(
            "keys.external_id",
            unique=True,
            partialFilterExpression={"keys.external_id": {"$exists": True}},
            name="external_id",
        ),
        _index("employee_id", unique=True, partialFilterExpression={"kind": USER}, name="employee_id"),
        _index("keys.display_name"),
        _index("keys.emails.value"),
        _index("keys.members.value"),
    ]
}
_TAKEN = {"keys.user_name": "userName", "keys.external_id": "externalId"}
_MOST_MS = 10_000


def taken(error: DuplicateKeyError) -> str | None:
    """Which attribute another resource of the agency has already, where the error is about one."""
    pattern: Mapping[str, Any] = (error.details or {}).get("keyPattern") or {}
    return next((said for name, said in _TAKEN.items() if name in pattern), None)


def is_called_so(error: DuplicateKeyError) -> bool:
    """Whether another user stands for the employee."""
    details = error.details or {}
    pattern = details.get("keyPattern") or {}
    return "scim_resources" in str(details.get("errmsg")) and ("_id" in pattern or "employee_id" in pattern)


async def insert(tx: Transaction, document: Document) -> None:
    await tx.db.scim_resources.insert_one(document, session=tx.session)


async def load(tx: Transaction, agency: str, kind: str, id_: str) -> Document | None:
    query = {"_id": id_, "agency": agency, "kind": kind}
    return await tx.db.scim_resources.find_one(query, session=tx.session)


async def replace(
    tx: Transaction, agency: str, kind: str, id_: str, expected: int | None, changes: Document
) -> Document | None:
    """Its next version; returns what it was before, or None where there is none of the expected version."""
    query: Document = {"_id": id_, "agency": agency, "kind": kind}
    if expected is not None:
        query["version"] = expected
    return await tx.db.scim_resources.find_one_and_update(
        query, {"$set": changes, "$inc": {"version": 1}}, {"keys": 0}, session=tx.session
    )


async def load_many(tx: Transaction, agency: str, ids: Iterable[str]) -> dict[str, Document]:
    query = {"_id": {"$in": list(ids)}, "agency": agency}
    found = tx.db.scim_resources.find(query, {"keys": 0}, session=tx.session)
    return {document["_id"]: document async for document in found}


async def remove(tx: Transaction, ids: Iterable[str]) -> None:
    await tx.db.scim_resources.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def groups_with(tx: Transaction, agency: str, user_ids: Iterable[str]) -> list[str]:
    """Those that any of them is in."""
    query = {"agency": agency, "kind": GROUP, "keys.members.value": {"$in": list(user_ids)}}
    found = tx.db.scim_resources.find(query, {"_id": 1}, session=tx.session)
    return [document["_id"] for document in await found.to_list(None)]


async def drop_members(
    tx: Transaction, group_ids: Iterable[str], user_ids: Iterable[str], now: datetime
) -> None:
    """Users who are gone are nobody's members."""
    member = {"value": {"$in": list(user_ids)}}
    change = {
        "$pull": {"resource.members": member, "keys.members": member},
        "$inc": {"version": 1},
        "$set": {"meta.last_modified": now},
    }
    await tx.db.scim_resources.update_many({"_id": {"$in": list(group_ids)}}, change, session=tx.session)


async def find(
    db: Database, agency: str, kind: str, id_: str, without: Iterable[str] = ()
) -> Document | None:
    """The mirror is left out, and what of the resource is not asked for."""
    shape: Document = {"keys": 0, **{f"resource.{name}": 0 for name in without}}
    return await db.scim_resources.find_one({"_id": id_, "agency": agency, "kind": kind}, shape)


async def search(
    db: Database, query: Document, order: Sequence[Document], offset: int, limit: int | None
) -> list[Document]:
    page: list[Document] = [{"$skip": offset}] if offset else []
    if limit is not None:
        page.append({"$limit": limit})
    steps = [{"$match": query}, *order, *page, {"$unset": "keys"}]
    return await db.scim_resources.aggregate(steps, maxTimeMS=_MOST_MS).to_list(None)


async def count(db: Database, query: Document) -> int:
    return await db.scim_resources.count_documents(query, maxTimeMS=_MOST_MS)
