"""Queries on meetings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.events.models.documents import Meeting, MeetingQuery, OwnMeetings
from shared.consuming.states import from_document
from shared.mongo import Database, Document, Transaction


class SeatsTakenMeanwhile(Exception):  # noqa: N818
    """The database does not hold what was decided upon; nothing may be committed."""


async def get(db: Database, meeting_id: str, tx: Transaction | None = None) -> Meeting | None:
    document = await db.meetings.find_one({"_id": meeting_id}, session=tx.session if tx else None)
    return from_document(Meeting, document) if document else None


async def many(db: Database, ids: Sequence[str], tx: Transaction | None = None) -> dict[str, Meeting]:
    session = tx.session if tx else None
    found = await db.meetings.find({"_id": {"$in": list(ids)}}, session=session).to_list(None)
    return {document["_id"]: from_document(Meeting, document) for document in found}


async def insert(tx: Transaction, meeting: Meeting) -> None:
    await tx.db.meetings.insert_one(_document(meeting), session=tx.session)


async def save(tx: Transaction, before: Meeting, after: Meeting) -> None:
    """Write what changed. Seats are taken on a condition of the database's own: whatever is decided on stale
    figures, the capacity holds.

    Raises:
        SeatsTakenMeanwhile: the condition does not hold.

    """
    old, new = _document(before), _document(after)
    changes = {name: value for name, value in new.items() if old[name] != value and name != "taken"}
    seats = after.taken - before.taken
    if not changes and not seats:
        return
    condition: dict[str, Any] = {"_id": before.id, "version": before.version}
    if after.capacity is not None and seats > 0:
        condition["taken"] = {"$lte": after.capacity - seats}
    update: dict[str, Any] = {"$inc": {"taken": seats}}
    if changes:
        update["$set"] = changes
    result = await tx.db.meetings.update_one(condition, update, session=tx.session)
    if not result.matched_count:
        raise SeatsTakenMeanwhile(before.id)


async def page(
    db: Database,
    own: OwnMeetings,
    wanted: MeetingQuery,
    offset: int,
    limit: int,
) -> list[Meeting]:
    """What people have been invited to and one's own, by start."""
    match: Document = {}
    between = {"$gte": wanted.starts_from, "$lt": wanted.starts_before}
    if ends := {name: time for name, time in between.items() if time}:
        match["starts_at"] = ends
    if wanted.kind:
        match["kind"] = wanted.kind
    if wanted.state:
        match["$and"] = [{"state": wanted.state}]
    whose = {"convenor_agency": own.agency} if own.agency else {"convenor_id": own.convenor_id}
    # Alternatives, each with an index that begins with its field.
    visible: list[Document] = [
        {"state": {"$in": ["invited", "cancelled"]}, "listed": {"$gt": 0}},
        {**whose, "listed": 0},
    ]
    query = {"$or": [{**one, **match} for one in visible]}
    order = -1 if wanted.latest_first else 1
    cursor = db.meetings.find(query).sort([("starts_at", order), ("_id", order)]).skip(offset).limit(limit)
    return [from_document(Meeting, document) for document in await cursor.to_list(limit)]


async def coming(tx: Transaction, now: datetime) -> list[Meeting]:
    """Those that people are invited to and that have not begun."""
    query = {"state": "invited", "starts_at": {"$gt": now}}
    found = await tx.db.meetings.find(query, session=tx.session).to_list(None)
    return [from_document(Meeting, document) for document in found]


async def held(db: Database, since: datetime, now: datetime) -> list[Meeting]:
    """Those that began from `since` on and are over, by start."""
    query = {"state": "invited", "starts_at": {"$gte": since, "$lt": now}, "ends_at": {"$lte": now}}
    found = await db.meetings.find(query).sort([("starts_at", 1), ("_id", 1)]).to_list(None)
    return [from_document(Meeting, document) for document in found]


async def convened_by(
    db: Database, person_ids: Sequence[str], now: datetime, tx: Transaction | None = None
) -> list[Meeting]:
    """Coming ones, drafts too."""
    query = {
        "convenor_id": {"$in": list(person_ids)},
        "starts_at": {"$gt": now},
        "state": {"$in": ["draft", "invited"]},
    }
    found = await db.meetings.find(query, session=tx.session if tx else None).to_list(None)
    return [from_document(Meeting, document) for document in found]


async def ever_convened_by(tx: Transaction, person_id: str, limit: int) -> list[Meeting]:
    """Some of them, past ones and cancelled ones too."""
    found = tx.db.meetings.find({"convenor_id": person_id}, session=tx.session)
    return [from_document(Meeting, document) for document in await found.limit(limit).to_list(limit)]


async def of_agency(db: Database, agency: str, after: str, limit: int) -> list[Meeting]:
    """Those that the agency convenes or convened, by id behind `after`."""
    query = {"convenor_agency": agency, "_id": {"$gt": after}}
    found = await db.meetings.find(query).sort("_id", 1).limit(limit).to_list(limit)
    return [from_document(Meeting, document) for document in found]


async def remove(tx: Transaction, meeting_id: str) -> None:
    await tx.db.meetings.delete_one({"_id": meeting_id}, session=tx.session)


def _document(meeting: Meeting) -> Document:
    document = meeting.model_dump()
    document["_id"] = document.pop("id")
    return document
