"""The copies that mails are addressed from, and what people want by mail."""

from collections.abc import Iterable, Mapping

from pymongo import ReturnDocument

from services.notify.models import Choice, Choices, Recipient
from shared.consuming.states import from_document
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {"people": [], "preferences": []}


async def people(db: Database, ids: Iterable[str]) -> dict[str, Recipient | Gone]:
    """Those that have been heard of."""
    found = await db.people.find({"_id": {"$in": list(set(ids))}}).to_list(None)
    return {
        document["_id"]: Gone(id=document["_id"], version=document["version"])
        if document["deleted"]
        else from_document(Recipient, document)
        for document in found
    }


async def agencies_of(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """Person to agency, of those that have been heard of."""
    found = tx.db.people.find(
        {"_id": {"$in": list(set(ids))}, "deleted": False}, {"agency": 1}, session=tx.session
    )
    return {document["_id"]: document["agency"] async for document in found}


async def agency_of(db: Database, person_id: str) -> str | None:
    """None for people who are gone or were never heard of."""
    found = await db.people.find_one({"_id": person_id, "deleted": False}, {"agency": 1})
    return found["agency"] if found else None


async def coordinators_of(tx: Transaction, agency: str) -> list[str]:
    found = await tx.db.agencies.find_one(
        {"_id": agency, "deleted": False}, {"coordinators": 1}, session=tx.session
    )
    return list(found["coordinators"]) if found else []


async def agency_names(db: Database) -> dict[str, dict[str, str]]:
    """Language to slug to name."""
    found = await db.agencies.find({"_id": {"$gt": ""}, "deleted": False}, {"name": 1, "name_en": 1}).to_list(
        None
    )
    return {
        "sv": {document["_id"]: document["name"] for document in found},
        "en": {document["_id"]: document["name_en"] for document in found},
    }


async def choices(db: Database, ids: Iterable[str]) -> dict[str, Choices]:
    """Of each of them, also of those who never chose."""
    wanted = set(ids)
    found = db.preferences.find({"_id": {"$in": list(wanted)}})
    chosen = {document["_id"]: _choices(document) async for document in found}
    return {id_: chosen.get(id_, Choices(person_id=id_)) for id_ in wanted}


async def choices_of(tx: Transaction, person_id: str) -> Choices:
    found = await tx.db.preferences.find_one({"_id": person_id}, session=tx.session)
    return _choices(found) if found else Choices(person_id=person_id)


async def choose(tx: Transaction, before: Choices, by_kind: Mapping[str, Choice]) -> Choices:
    """In the place of `before`, which was read in this transaction."""
    changed = await tx.db.preferences.find_one_and_update(
        {"_id": before.person_id},
        # As a list of pairs: the kinds' names hold dots.
        {
            "$set": {"choices": [{"kind": k, "choice": c} for k, c in sorted(by_kind.items())]},
            "$inc": {"version": 1},
        },
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )
    return _choices(changed)


def _choices(document: Document) -> Choices:
    return Choices(
        person_id=document["_id"],
        version=document["version"],
        by_kind={each["kind"]: each["choice"] for each in document["choices"]},
    )
