"""Queries on the copies of people and agencies."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from services.events.models.people import Colleague
from shared.consuming.states import from_document
from shared.contracts.directory import Agency
from shared.contracts.events import Audience
from shared.mongo import Database, Transaction


def query(audience: Audience, day: date) -> dict[str, Any]:
    """Whom a rule reaches, as MongoDB reads it. Must agree with `rules.audience.reaches`."""
    conditions: list[dict[str, Any]] = []
    if audience.roles:
        held = _held(audience.roles, day)
        conditions.append({"$or": [{"roles": held}, {"assignments": held}]})
    if audience.assignments:
        conditions.append({"assignments": _held(audience.assignments, day)})
    for field, wanted in (
        ("specialties", audience.specialties),
        ("agency", audience.agencies),
        ("place", audience.places),
        ("groups", audience.groups),
    ):
        if wanted:
            conditions.append({field: {"$in": list(wanted)}})
    return {"$and": [*conditions, {"deleted": False, "status": "active"}]}


def _held(codes: Iterable[str], day: date) -> dict[str, Any]:
    text = day.isoformat()
    in_force = [{"since": None}, {"since": {"$lte": text}}], [{"until": None}, {"until": {"$gte": text}}]
    return {
        "$elemMatch": {
            "code": {"$in": list(codes)},
            "$and": [{"$or": in_force[0]}, {"$or": in_force[1]}],
        }
    }


async def ids(
    db: Database,
    audience: Audience,
    day: date,
    tx: Transaction | None = None,
    *,
    among: Sequence[str] = (),
) -> list[str]:
    """Everybody a rule reaches, or everybody `among` these, by id."""
    wanted = query(audience, day)
    if among:
        wanted["_id"] = {"$in": list(among)}
    found = db.people.find(wanted, {"_id": 1}, session=tx.session if tx else None)
    return sorted([document["_id"] async for document in found])


async def per_agency(db: Database, audience: Audience, day: date) -> dict[str, int]:
    steps = [
        {"$match": query(audience, day)},
        {"$group": {"_id": "$agency", "count": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return {row["_id"]: row["count"] async for row in db.people.aggregate(steps)}


async def page(db: Database, audience: Audience, day: date, offset: int, limit: int) -> list[Colleague]:
    found = db.people.find(query(audience, day)).sort([("agency", 1), ("display_name", 1), ("_id", 1)])
    return [from_document(Colleague, d) for d in await found.skip(offset).limit(limit).to_list(limit)]


async def load(
    db: Database, person_ids: Iterable[str], tx: Transaction | None = None
) -> dict[str, Colleague]:
    """Those of them who may be seen."""
    wanted = {"_id": {"$in": list(dict.fromkeys(person_ids))}, "deleted": False}
    found = await db.people.find(wanted, session=tx.session if tx else None).to_list(None)
    return {document["_id"]: from_document(Colleague, document) for document in found}


async def hold(tx: Transaction, person_ids: list[str], now: datetime) -> dict[str, Colleague]:
    """Load active people so that a leave at the same moment conflicts with this transaction: otherwise each
    could miss the other, and a leaver would stay invited.
    """
    held = {"_id": {"$in": person_ids}, "deleted": False, "status": "active"}
    await tx.db.people.update_many(held, {"$set": {"held_at": now}}, session=tx.session)
    found = await load(tx.db, person_ids, tx)
    return {id_: person for id_, person in found.items() if person.status == "active"}


async def agencies(db: Database, slugs: Iterable[str], tx: Transaction | None = None) -> dict[str, Agency]:
    wanted = {"_id": {"$in": list(dict.fromkeys(slugs))}, "deleted": False}
    found = await db.agencies.find(wanted, session=tx.session if tx else None).to_list(None)
    return {document["_id"]: from_document(Agency, document) for document in found}
