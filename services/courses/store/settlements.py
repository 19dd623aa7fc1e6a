"""Settlements, which never change, and the baselines that savings are measured against."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.courses.models.documents import Baseline, Settlement
from shared.consuming.states import from_document, to_document
from shared.mongo import Database, Indexes, Transaction

INDEXES: Indexes = {
    "settlements": [
        IndexModel("gone_at", sparse=True),
        IndexModel([("agencies", ASCENDING), ("last_day", ASCENDING), ("_id", ASCENDING)]),
    ],
    "baselines": [IndexModel("agency"), IndexModel("signed_by")],
}


async def find(db: Database, occasion_id: str) -> Settlement | None:
    document = await db.settlements.find_one({"_id": occasion_id})
    return from_document(Settlement, document) if document else None


async def listed(
    db: Database,
    agencies: Iterable[str],
    period: tuple[date, date] | None,
    *,
    offset: int = 0,
    limit: int = 0,
) -> list[Settlement]:
    """Those that concern all of these agencies, by last day; no limit where it is 0."""
    wanted: dict[str, Any] = {"agencies": {"$all": sorted(set(agencies))}}
    if period:
        wanted["last_day"] = {"$gte": period[0], "$lt": period[1]}
    found = db.settlements.find(wanted).sort([("last_day", 1), ("_id", 1)]).skip(offset).limit(limit)
    return [from_document(Settlement, document) for document in await found.to_list(None)]


async def load(tx: Transaction, occasion_id: str) -> Settlement | None:
    document = await tx.db.settlements.find_one({"_id": occasion_id}, session=tx.session)
    return from_document(Settlement, document) if document else None


async def insert(tx: Transaction, settlement: Settlement) -> None:
    await tx.db.settlements.insert_one(to_document(settlement), session=tx.session)


async def remove(tx: Transaction, id_: str) -> None:
    await tx.db.settlements.delete_one({"_id": id_}, session=tx.session)


def baseline_id(course_id: str, agency: str) -> str:
    return f"{course_id}/{agency}"


async def baselines(db: Database, agency: str, course_ids: Iterable[str]) -> dict[str, Baseline]:
    """The agency's, by course."""
    ids = [baseline_id(course_id, agency) for course_id in course_ids]
    found = await db.baselines.find({"_id": {"$in": ids}}).to_list(None)
    return {document["course_id"]: from_document(Baseline, document) for document in found}


async def load_baseline(tx: Transaction, course_id: str, agency: str) -> Baseline | None:
    document = await tx.db.baselines.find_one({"_id": baseline_id(course_id, agency)}, session=tx.session)
    return from_document(Baseline, document) if document else None


async def save_baseline(tx: Transaction, baseline: Baseline) -> None:
    document = to_document(baseline)
    await tx.db.baselines.replace_one({"_id": baseline.id}, document, upsert=True, session=tx.session)
