"""Who leaves, counted by agency without counting its people, and the leaves that wait for a decision."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, ReturnDocument

from services.directory.intake.models import HeldLeave, Left, MassLeave, Window
from shared import due
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    # One document an agency and writer; they are summed when somebody leaves.
    "headcounts": [IndexModel("agency")],
    "leave_windows": [],
    "mass_leaves": [
        IndexModel([("agency", ASCENDING), ("_id", DESCENDING)]),
    ],
    "held_leaves": [
        IndexModel([("mass_leave", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ],
}
_REFUSED_FOR = timedelta(days=90)
# What makes it a mass leave is seldom all of it: the mail says how many when the first rush is over.
GATHERED = timedelta(seconds=20)


# --- how many work there --------------------------------------------------------------------------------


async def count(tx: Transaction, agency: str, writer: str, more: int) -> None:
    """`writer` tells those apart who write at the same time, so that they don't conflict."""
    await tx.db.headcounts.update_one(
        {"_id": f"{agency}/{writer}"},
        {"$inc": {"active": more}, "$set": {"agency": agency}},
        upsert=True,
        session=tx.session,
    )


async def active(tx: Transaction, agency: str) -> int:
    found = await tx.db.headcounts.find({"agency": agency}, session=tx.session).to_list(None)
    return sum(each["active"] for each in found)


async def uncounted(db: Database, before: datetime) -> list[str]:
    """Agencies that were last counted one by one before then, or never."""
    agencies = await db.agencies.find({"_id": {"$gt": ""}, "deleted": False}, {"_id": 1}).to_list(None)
    ids = [_counted(each["_id"]) for each in agencies]
    fresh = db.headcounts.find({"_id": {"$in": ids}, "counted_at": {"$gte": before}}, {"agency": 1})
    known = {each["agency"] for each in await fresh.to_list(None)}
    return [each["_id"] for each in agencies if each["_id"] not in known]


async def count_anew(tx: Transaction, agency: str, now: datetime) -> None:
    """One by one. Whoever writes meanwhile is counted by this or keeps a count of their own."""
    query = {"agency": agency, "status": "active"}
    people = await tx.db.people.count_documents(query, session=tx.session)
    await tx.db.headcounts.delete_many({"agency": agency}, session=tx.session)
    counted = {"_id": _counted(agency), "agency": agency, "active": people, "counted_at": now}
    await tx.db.headcounts.insert_one(counted, session=tx.session)


def _counted(agency: str) -> str:
    return f"{agency}/counted"


# --- how many left lately -------------------------------------------------------------------------------


async def take_window(tx: Transaction, agency: str) -> Window:
    """Written before it is read, so that of two batches with leaves one is judged after the other, whichever
    replicas have them.
    """
    found = await tx.db.leave_windows.find_one_and_update(
        {"_id": agency},
        {"$inc": {"turn": 1}, "$setOnInsert": {"minutes": [], "mass_leave": None}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )
    minutes = tuple(Left(each["at"], each["count"]) for each in found["minutes"])
    return Window(minutes, found["mass_leave"])


async def save_window(tx: Transaction, agency: str, window: Window) -> None:
    changes = {
        "minutes": [{"at": each.at, "count": each.count} for each in window.minutes],
        "mass_leave": window.mass_leave,
    }
    await tx.db.leave_windows.update_one({"_id": agency}, {"$set": changes}, session=tx.session)


# --- mass leaves ----------------------------------------------------------------------------------------


async def open_mass_leave(tx: Transaction, opened: MassLeave, window: Window) -> None:
    await tx.db.mass_leaves.insert_one(to_document(opened), session=tx.session)
    await due.move(tx, [due_row(opened, opened.opened_at + GATHERED)])
    await save_window(tx, opened.agency, replace(window, mass_leave=opened.id))
    await _mark_agency(tx, opened.agency, held=True)


def due_row(mass_leave: MassLeave, at: datetime) -> due.Row:
    subject, data = f"agency/{mass_leave.agency}", {"mass_leave": mass_leave.id}
    return due.Row(f"mass-leave/{mass_leave.id}", "mass leave", subject, at, data)


async def close_mass_leave(tx: Transaction, closed: MassLeave) -> None:
    """It holds no later leaves. The count of the last hour starts again from zero."""
    changes = {"state": closed.state, "decided_at": closed.decided_at}
    if closed.decided_by is not None:
        changes["decided_by"] = closed.decided_by
    await change_mass_leave(tx, closed.id, **changes)
    await save_window(tx, closed.agency, Window())
    await _mark_agency(tx, closed.agency, held=False)


async def _mark_agency(tx: Transaction, agency: str, *, held: bool) -> None:
    """On the document that every batch reads anyway."""
    change = {"$set": {"leaves_held": True}} if held else {"$unset": {"leaves_held": ""}}
    await tx.db.agencies.update_one({"_id": agency}, change, session=tx.session)


async def load_mass_leave(tx: Transaction, id_: str) -> MassLeave | None:
    """Written as well: whoever else decides about it at the same time comes after."""
    found = await tx.db.mass_leaves.find_one_and_update(
        {"_id": id_}, {"$inc": {"turn": 1}}, return_document=ReturnDocument.AFTER, session=tx.session
    )
    return mass_leave_of(found) if found else None


async def change_mass_leave(tx: Transaction, id_: str, *, held: int = 0, **changes: Any) -> None:
    update: Document = {"$inc": {"held": held}}
    if changes:
        update["$set"] = changes
    await tx.db.mass_leaves.update_one({"_id": id_}, update, session=tx.session)


async def find_mass_leave(db: Database, id_: str) -> MassLeave | None:
    found = await db.mass_leaves.find_one({"_id": id_})
    return mass_leave_of(found) if found else None


async def list_mass_leaves(
    db: Database, agency: str | None, offset: int = 0, limit: int = 1_000
) -> list[MassLeave]:
    """The latest first."""
    query: Document = {"_id": {"$gt": ""}} if agency is None else {"agency": agency}
    found = db.mass_leaves.find(query).sort("_id", DESCENDING).skip(offset).limit(limit)
    return [mass_leave_of(document) for document in await found.to_list(limit)]


def mass_leave_of(document: Document) -> MassLeave:
    return _read(MassLeave, document)


# --- the leaves that are held ---------------------------------------------------------------------------


async def held(tx: Transaction, ids: Iterable[str]) -> dict[str, HeldLeave]:
    """Person id to the leave that waits for a decision, or was refused."""
    found = await tx.db.held_leaves.find({"_id": {"$in": list(ids)}}, session=tx.session).to_list(None)
    return {each["_id"]: _read(HeldLeave, each) for each in found}


async def hold(tx: Transaction, leaves: Sequence[HeldLeave]) -> None:
    if leaves:
        changes = [ReplaceOne({"_id": each.id}, to_document(each), upsert=True) for each in leaves]
        await tx.db.held_leaves.bulk_write(changes, ordered=False, session=tx.session)


async def let_go(tx: Transaction, ids: Iterable[str]) -> None:
    await tx.db.held_leaves.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def refuse(tx: Transaction, ids: Iterable[str], now: datetime) -> None:
    """Remembered for as long as its sender may look for the reason; the record itself is not kept."""
    change = {
        "$set": {"state": "refused", "forget_at": now + _REFUSED_FOR},
        "$unset": {"sent": ""},
    }
    await tx.db.held_leaves.update_many({"_id": {"$in": list(ids)}}, change, session=tx.session)


async def page_of(tx: Transaction, mass_leave: str, limit: int, only: str | None = None) -> list[HeldLeave]:
    query: Document = {"mass_leave": mass_leave, "state": "held", **({"_id": only} if only else {})}
    found = await tx.db.held_leaves.find(query, session=tx.session).limit(limit).to_list(limit)
    return [_read(HeldLeave, each) for each in found]


async def held_ids(db: Database, mass_leave: str, limit: int) -> list[str]:
    query = {"mass_leave": mass_leave, "state": "held"}
    return [each["_id"] for each in await db.held_leaves.find(query, {"_id": 1}).limit(limit).to_list(limit)]


async def set_apart(tx: Transaction, mass_leave: str, ids: Sequence[str], now: datetime) -> None:
    """What failed is tried again alone, and the others go on."""
    query = {"_id": {"$in": list(ids)}, "mass_leave": mass_leave}
    await tx.db.held_leaves.update_many(query, {"$set": {"state": "apart"}}, session=tx.session)
    rows = [
        due.Row(f"held-leave/{id_}", "held leave", f"person/{id_}", now, {"mass_leave": mass_leave})
        for id_ in ids
    ]
    await due.schedule(tx, rows)


async def list_held(db: Database, mass_leave: str, offset: int, limit: int) -> list[HeldLeave]:
    query = {"mass_leave": mass_leave, "state": "held"}
    found = db.held_leaves.find(query, {"record": 0, "sent": 0}).sort("_id", ASCENDING)
    held = await found.skip(offset).limit(limit).to_list(limit)
    return [_read(HeldLeave, each) for each in held]


_Kept = TypeVar("_Kept", MassLeave, HeldLeave)


def _read(kind: type[_Kept], document: Document) -> _Kept:
    known = {each.name: document[each.name] for each in fields(kind) if each.name in document}
    return kind(**known, id=document["_id"])


def to_document(kept: MassLeave | HeldLeave) -> Document:
    document = {each.name: getattr(kept, each.name) for each in fields(kept)}
    return {"_id": document.pop("id"), **document}
