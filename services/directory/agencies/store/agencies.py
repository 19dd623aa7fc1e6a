"""Agencies, the work that their changes leave to be done, and how they name roles."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel

from shared import due
from shared.consuming.states import from_document
from shared.contracts.directory import Agency
from shared.contracts.types import Gone
from shared.moments import now_ms
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "agencies": [
        IndexModel("gone_at", sparse=True),
        IndexModel("coordinators"),
        IndexModel("steering"),
    ],
    "role_mappings": [IndexModel([("agency", ASCENDING), ("word", ASCENDING)])],
}


def public_state(document: Document) -> Agency | Gone:
    if document["deleted"]:
        return Gone(id=document["_id"], version=document["version"])
    return from_document(Agency, document)


async def departed(tx: Transaction, slug: str) -> Document | None:
    """The marker of an agency that has left."""
    return await tx.db.agencies.find_one({"_id": slug, "deleted": True}, session=tx.session)


async def load(tx: Transaction, slug: str) -> Document | None:
    return await tx.db.agencies.find_one({"_id": slug, "deleted": False}, session=tx.session)


async def save(tx: Transaction, document: Document) -> None:
    await tx.db.agencies.replace_one({"_id": document["_id"]}, document, upsert=True, session=tx.session)


async def find(db: Database, slug: str) -> Document | None:
    return await db.agencies.find_one({"_id": slug, "deleted": False})


async def list_all(db: Database, offset: int = 0, limit: int = 1_000) -> list[Document]:
    """By slug. There are tens of agencies, not thousands."""
    found = db.agencies.find({"_id": {"$gt": ""}, "deleted": False}).sort("_id", ASCENDING)
    return await found.skip(offset).limit(limit).to_list(limit)


async def domains(tx: Transaction) -> dict[str, str]:
    """Slug to mail domain."""
    query = {"_id": {"$gt": ""}, "deleted": False}
    found = tx.db.agencies.find(query, {"mail_domain": 1}, session=tx.session)
    return {document["_id"]: document["mail_domain"] for document in await found.to_list(None)}


async def slugs(db: Database) -> list[str]:
    return [document["_id"] for document in await _all_with(db)]


async def names(db: Database) -> dict[str, tuple[str, ...]]:
    """Slug to name, full name and English name."""
    found = await _all_with(db, "name", "full_name", "name_en")
    return {d["_id"]: (d["name"], d["full_name"], d["name_en"]) for d in found}


async def mailboxes(db: Database) -> dict[str, dict[str, str]]:
    """Slug to the shared mailboxes, by role."""
    return {d["_id"]: d["role_mailboxes"] for d in await _all_with(db, "role_mailboxes")}


async def _all_with(db: Database, *fields: str) -> list[Document]:
    """With these fields alone: tokens and places make up most of an agency, and few ask for them."""
    found = db.agencies.find({"_id": {"$gt": ""}, "deleted": False}, dict.fromkeys(("_id", *fields), 1))
    return await found.to_list(None)


async def entrusted_to(tx: Transaction, people: Iterable[str]) -> list[Document]:
    """Those that some of `people` coordinate, or speak for in the steering committee."""
    ids = list(people)
    query = {"$or": [{"coordinators": {"$in": ids}}, {"steering": {"$in": ids}}]}
    return await tx.db.agencies.find(query, session=tx.session).to_list(None)


# --- work that follows from a change, done after the commit by worker.py -------------------------------


async def ask_for_work(tx: Transaction, what: str, agency: str, now: datetime | None = None) -> None:
    row = due.Row(f"{what}/{agency}", what, f"agency/{agency}", now or now_ms(datetime.now(UTC)))
    await due.schedule(tx, [row])


# --- role mappings ------------------------------------------------------------------------------------


def _mapping_id(agency: str, folded: str) -> str:
    return f"{agency}/{folded}"


async def words(db: Database, agency: str) -> dict[str, str]:
    """All of an agency's own words, folded, with what they stand for."""
    found = await db.role_mappings.find({"agency": agency}).to_list(None)
    return {document["_id"].removeprefix(f"{agency}/"): document["code"] for document in found}


async def find_mapping(tx: Transaction, agency: str, folded: str) -> Document | None:
    return await tx.db.role_mappings.find_one({"_id": _mapping_id(agency, folded)}, session=tx.session)


async def put_mapping(
    tx: Transaction, agency: str, folded: str, word: str, code: str, *, what: str = "role"
) -> None:
    mapping = {"agency": agency, "word": word, "code": code, "what": what}
    await tx.db.role_mappings.replace_one(
        {"_id": _mapping_id(agency, folded)}, mapping, upsert=True, session=tx.session
    )


async def delete_mapping(tx: Transaction, agency: str, folded: str) -> bool:
    deleted = await tx.db.role_mappings.delete_one({"_id": _mapping_id(agency, folded)}, session=tx.session)
    return deleted.deleted_count == 1


async def list_mappings(
    db: Database, agency: str, offset: int, limit: int, *, what: str = "role"
) -> list[Document]:
    other = "specialty" if what == "role" else "role"
    found = db.role_mappings.find({"agency": agency, "what": {"$ne": other}}).sort("word", ASCENDING)
    return await found.skip(offset).limit(limit).to_list(limit)
