"""Queries on calendar addresses."""

from shared.mongo import Database, Document, Transaction


async def insert(tx: Transaction, document: Document) -> None:
    await tx.db.calendars.insert_one(document, session=tx.session)


async def of_person(db: Database, person_id: str, tx: Transaction | None = None) -> list[Document]:
    found = db.calendars.find({"person_id": person_id}, session=tx.session if tx else None)
    return await found.sort("created_at", 1).to_list(None)


async def owners(tx: Transaction, person_ids: list[str]) -> set[str]:
    found = tx.db.calendars.find({"person_id": {"$in": person_ids}}, {"person_id": 1}, session=tx.session)
    return {document["person_id"] async for document in found}


async def by_digest(db: Database, sha256: str) -> Document | None:
    return await db.calendars.find_one({"sha256": sha256})


async def revoke(db: Database, calendar_id: str, person_id: str) -> bool:
    """False when there is none such of this person's."""
    return bool((await db.calendars.delete_one({"_id": calendar_id, "person_id": person_id})).deleted_count)


async def revoke_all(db: Database, person_id: str) -> None:
    await db.calendars.delete_many({"person_id": person_id})
