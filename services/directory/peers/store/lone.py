"""Roles to be looked at, the cards of those who are alone in theirs, and what goes on the cards."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, UpdateOne

from shared import due
from shared.contracts.envelope import Trace
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "lone_reviews": [],
    "lone_settled": [],
    "lone_gaps": [],
    "lone_cards": [
        IndexModel([("retired_at", ASCENDING), ("agency", ASCENDING), ("role", ASCENDING)]),
        IndexModel([("retired_at", ASCENDING), ("role", ASCENDING), ("agency", ASCENDING)]),
        IndexModel([("role", ASCENDING)], name="unmailed", partialFilterExpression={"unmailed": True}),
        IndexModel("person_id"),
    ],
    "meetings": [IndexModel([("audience.roles", ASCENDING), ("starts_at", ASCENDING)])],
    "occasions": [IndexModel([("cancelled", ASCENDING), ("days", ASCENDING)])],
}
_REVIEWS = 5_000
_FIRST = ObjectId("000000000000000000000000")


# --- reviews ------------------------------------------------------------------------------------------


async def add_reviews(tx: Transaction, roles: dict[str, dict[str, Trace]], now: datetime) -> None:
    """One document per agency. Inserted, never upserted: the partitions of one agency's topic are taken in
    side by side and must not conflict here.
    """
    documents = [
        {
            "agency": agency,
            "at": now,
            "roles": [
                {"code": code, "correlation": cause.correlation, "parent": cause.parent}
                for code, cause in causes.items()
            ],
        }
        for agency, causes in roles.items()
    ]
    await tx.db.lone_reviews.insert_many(documents, session=tx.session)


async def reviews(db: Database) -> list[Document]:
    """Without those of agencies whose row was set aside: they may be many, and others have their turn."""
    aside = db.due.find({"kind": "lone review", "state": "aside"}, {"subject": 1})
    agencies = [row["subject"].partition("/")[2] async for row in aside]
    query = {"_id": {"$gt": _FIRST}, "agency": {"$nin": agencies}}
    return await db.lone_reviews.find(query).hint("_id_").limit(_REVIEWS).to_list(_REVIEWS)


async def reviews_of(db: Database, agency: str) -> list[Document]:
    found = db.lone_reviews.find({"_id": {"$gt": _FIRST}, "agency": agency}).hint("_id_")
    return await found.limit(_REVIEWS).to_list(_REVIEWS)


async def make_due(db: Database, agencies: Iterable[str], now: datetime) -> None:
    rows = [due.Row(f"lone/{agency}", "lone review", f"agency/{agency}", now) for agency in agencies]
    await due.ensure(db, rows)


async def take_reviews(tx: Transaction, documents: Sequence[Document]) -> None:
    ids = [document["_id"] for document in documents]
    await tx.db.lone_reviews.delete_many({"_id": {"$in": ids}}, session=tx.session)


async def settled_agencies(db: Database) -> frozenset[str]:
    """Those whose first load is over."""
    found = await db.lone_settled.find({"_id": {"$gt": ""}}, {"_id": 1}).to_list(None)
    return frozenset(document["_id"] for document in found)


async def note_settled(tx: Transaction, agency: str, now: datetime) -> None:
    await tx.db.lone_settled.update_one(
        {"_id": agency}, {"$set": {"at": now}}, upsert=True, session=tx.session
    )


# --- cards --------------------------------------------------------------------------------------------


def card_id(person_id: str, role: str) -> str:
    return f"{person_id}/{role}"


async def holders(tx: Transaction, agency: str, role: str, day: date) -> list[str]:
    """Up to two of those who hold the role at the agency on `day`: more are not needed to know."""
    query = {**_holding(agency, role, day), "protected": False}
    found = tx.db.people.find(query, {"_id": 1}, session=tx.session).limit(2)
    return [document["_id"] for document in await found.to_list(2)]


async def is_held(tx: Transaction, agency: str, role: str, day: date) -> bool:
    """Whether anybody holds it, those included whom others may not see."""
    return (
        await tx.db.people.find_one(_holding(agency, role, day), {"_id": 1}, session=tx.session) is not None
    )


def _holding(agency: str, role: str, day: date) -> Document:
    text = day.isoformat()
    in_force = {
        "$elemMatch": {
            "code": role,
            "$and": [
                {"$or": [{"since": None}, {"since": {"$lte": text}}]},
                {"$or": [{"until": None}, {"until": {"$gte": text}}]},
            ],
        }
    }
    return {
        "agency": agency,
        "status": "active",
        # The first half of each branch is what its index is found by.
        "$or": [
            {"roles.code": role, "roles": in_force},
            {"assignments.code": role, "assignments": in_force},
        ],
    }


# --- roles that an agency has lost --------------------------------------------------------------------


async def open_gap(tx: Transaction, agency: str, role: str, now: datetime) -> int | None:
    """How many times the agency has been without, this one counted; None if it is known."""
    id_ = f"{agency}/{role}"
    before = await tx.db.lone_gaps.find_one({"_id": id_}, session=tx.session)
    if before and before["open"]:
        return None
    times = before["times"] + 1 if before else 1
    gap = {"_id": id_, "open": True, "since": now, "times": times}
    await tx.db.lone_gaps.replace_one({"_id": id_}, gap, upsert=True, session=tx.session)
    return times


async def close_gap(tx: Transaction, agency: str, role: str) -> None:
    await tx.db.lone_gaps.update_one(
        {"_id": f"{agency}/{role}", "open": True}, {"$set": {"open": False}}, session=tx.session
    )


async def open_cards(tx: Transaction, agency: str, roles: Iterable[str]) -> list[Document]:
    query = {"retired_at": None, "agency": agency, "role": {"$in": list(roles)}}
    return await tx.db.lone_cards.find(query, session=tx.session).to_list(None)


async def unmailed_cards(tx: Transaction, roles: Iterable[str]) -> list[Document]:
    query = {"unmailed": True, "role": {"$in": list(roles)}}
    return await tx.db.lone_cards.find(query, session=tx.session).limit(200).to_list(200)


async def raise_card(tx: Transaction, person_id: str, role: str, agency: str, now: datetime) -> None:
    await tx.db.lone_cards.update_one(
        {"_id": card_id(person_id, role)},
        {
            "$set": {
                "person_id": person_id,
                "role": role,
                "agency": agency,
                "since": now,
                "retired_at": None,
                "unmailed": True,
                "mailboxes_mailed": False,
            },
            "$inc": {"raised": 1},
        },
        upsert=True,
        session=tx.session,
    )


async def retire_cards(tx: Transaction, ids: Sequence[str], now: datetime) -> None:
    change = {"$set": {"retired_at": now, "unmailed": False}}
    await tx.db.lone_cards.update_many({"_id": {"$in": list(ids)}}, change, session=tx.session)


async def note_mailed(tx: Transaction, ids: Iterable[str], meanwhile: Iterable[str]) -> None:
    """`meanwhile` are those that were mailed without a peer: the first one brings a mail more, and a mail of
    its own has a version of its own.
    """
    marks = [UpdateOne({"_id": id_}, {"$set": {"unmailed": False}}) for id_ in ids]
    again = {"$set": {"mailboxes_mailed": True}, "$inc": {"raised": 1}}
    marks += [UpdateOne({"_id": id_}, again) for id_ in meanwhile]
    await tx.db.lone_cards.bulk_write(marks, ordered=False, session=tx.session)


async def cards_of(db: Database, person_id: str) -> list[Document]:
    found = db.lone_cards.find({"person_id": person_id, "retired_at": None})
    return sorted(await found.to_list(50), key=lambda card: card["role"])


async def list_cards(
    db: Database, agency: str | None, role: str | None, offset: int, limit: int
) -> list[Document]:
    """Open cards by agency and role."""
    query: Document = {"retired_at": None}
    if agency is not None:
        query["agency"] = agency
    if role is not None:
        query["role"] = role
    found = db.lone_cards.find(query).sort([("agency", ASCENDING), ("role", ASCENDING)])
    return await found.skip(offset).limit(limit).to_list(limit)


# --- what goes on a card ------------------------------------------------------------------------------


async def next_meeting(db: Database, role: str, now: datetime) -> Document | None:
    """The next one whose audience is by this role."""
    query = {"audience.roles": role, "starts_at": {"$gt": now}, "cancelled": False, "deleted": False}
    found = await db.meetings.find(query).sort("starts_at", ASCENDING).limit(1).to_list(1)
    return found[0] if found else None


async def coming_occasions(db: Database, day: date) -> list[Document]:
    """The next fifty, by their first day."""
    query = {"cancelled": False, "days": {"$gt": day.isoformat()}, "deleted": False}
    found = await db.occasions.find(query).limit(50).to_list(50)
    starting = [occasion for occasion in found if occasion["days"][0] > day.isoformat()]
    return sorted(starting, key=lambda occasion: occasion["days"][0])
