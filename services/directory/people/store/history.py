"""Changes to profiles. A row's id is person and version, so ids sort by time."""

from collections.abc import Iterable, Sequence

from pymongo import DESCENDING, IndexModel

from services.directory.people.models import FieldChange, HistoryEntry
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {"history": [IndexModel("at", expireAfterSeconds=3 * 365 * 86_400)]}
KEPT = 200


async def add(tx: Transaction, entries: Sequence[HistoryEntry]) -> None:
    """Of each person the latest two hundred versions are kept, and a few more until there are fifty to go."""
    await tx.db.history.insert_many(map(_document, entries), ordered=False, session=tx.session)
    for entry in entries:
        if entry.version % 50 == 0:
            oldest = _id(entry.person_id, max(0, entry.version - KEPT))
            old = {"$gte": f"{entry.person_id}/", "$lte": oldest}
            await tx.db.history.delete_many({"_id": old}, session=tx.session)


async def forget_values(tx: Transaction, people: Iterable[str]) -> None:
    for person_id in people:
        await tx.db.history.update_many(
            {"_id": _of(person_id)},
            {"$unset": {"changes.$[].before": "", "changes.$[].after": ""}, "$set": {"reason": ""}},
            session=tx.session,
        )


async def page(db: Database, person_id: str, offset: int, limit: int) -> list[HistoryEntry]:
    """The latest first."""
    found = db.history.find({"_id": _of(person_id)}).sort("_id", DESCENDING)
    return [_entry(document) for document in await found.skip(offset).limit(limit).to_list(limit)]


def _of(person_id: str) -> Document:
    # The sign after the slash ends the range.
    return {"$gte": f"{person_id}/", "$lt": f"{person_id}0"}


def _id(person_id: str, version: int) -> str:
    return f"{person_id}/{version:012d}"


def _document(entry: HistoryEntry) -> Document:
    return {
        "_id": _id(entry.person_id, entry.version),
        "at": entry.at,
        "kind": entry.kind,
        "by": entry.by,
        "reason": entry.reason,
        "subject": entry.subject,
        "correlation": entry.correlation,
        "changes": [
            {"field": each.field, "before": each.before, "after": each.after}
            if each.has_values
            else {"field": each.field}
            for each in entry.changes
        ],
    }


def _entry(document: Document) -> HistoryEntry:
    person_id, _, version = document["_id"].partition("/")
    changes = tuple(FieldChange(**each, has_values="after" in each) for each in document["changes"])
    kept = {name: value for name, value in document.items() if name not in {"_id", "changes"}}
    return HistoryEntry(person_id, int(version), changes=changes, **kept)
