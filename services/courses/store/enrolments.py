"""Enrolments."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne

from services.courses.models.documents import ACTIVE, SEATED, Enrolment, enrolment_id
from shared.consuming.states import from_document, to_document
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "enrolments": [
        IndexModel("gone_at", sparse=True),
        IndexModel([("occasion_id", ASCENDING), ("state", ASCENDING), ("line", ASCENDING)]),
        IndexModel([("occasion_id", ASCENDING), ("agency", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("person_id", ASCENDING), ("first_day", ASCENDING)]),
        IndexModel("agency"),
    ]
}


def _read(documents: Iterable[Document]) -> list[Enrolment]:
    return [from_document(Enrolment, document) for document in documents]


async def find(db: Database, occasion_id: str, person_id: str) -> Enrolment | None:
    document = await db.enrolments.find_one({"_id": enrolment_id(occasion_id, person_id)})
    return from_document(Enrolment, document) if document else None


async def place(db: Database, enrolment: Enrolment) -> int:
    """Where in line the enrolment is, from 1; looks at those who wait for the same occasion."""
    ahead = {"occasion_id": enrolment.occasion_id, "state": "waiting", "line": {"$lt": enrolment.line}}
    return 1 + await db.enrolments.count_documents(ahead)


async def line(db: Database, occasion_id: str) -> list[str]:
    """Ids of those who wait, first to last."""
    wanted = {"occasion_id": occasion_id, "state": "waiting"}
    found = db.enrolments.find(wanted, {"_id": 1}).sort("line", 1)
    return [document["_id"] for document in await found.to_list(None)]


async def listed(
    db: Database, occasion_id: str, agency: str, person_id: str | None, *, offset: int, limit: int
) -> list[Enrolment]:
    """One agency's, or one person's."""
    wanted: dict[str, Any] = {"occasion_id": occasion_id, "agency": agency}
    if person_id:
        wanted["_id"] = enrolment_id(occasion_id, person_id)
    found = db.enrolments.find(wanted).sort("_id", 1).skip(offset).limit(limit)
    return _read(await found.to_list(limit))


async def coming(db: Database, agency: str, person_id: str, today: date) -> list[Enrolment]:
    """Seats and places in line that somebody at the agency has, the next first."""
    wanted = {
        "person_id": person_id,
        "first_day": {"$gte": today},
        "agency": agency,
        "state": {"$in": ACTIVE},
    }
    return _read(await db.enrolments.find(wanted).sort("first_day", 1).limit(100).to_list(None))


async def load(
    tx: Transaction, occasion_id: str, people: Iterable[str], *, with_line: bool
) -> list[Enrolment]:
    """Those of `people`, and `with_line` of everybody who waits."""
    ids = [enrolment_id(occasion_id, person_id) for person_id in people]
    wanted: dict[str, Any] = {"_id": {"$in": ids}}
    if with_line:
        wanted = {"$or": [wanted, {"occasion_id": occasion_id, "state": "waiting"}]}
    return _read(await tx.db.enrolments.find(wanted, session=tx.session).to_list(None))


async def load_active(tx: Transaction, occasion_id: str) -> list[Enrolment]:
    wanted = {"occasion_id": occasion_id, "state": {"$in": ACTIVE}}
    return _read(await tx.db.enrolments.find(wanted, session=tx.session).to_list(None))


async def lines(tx: Transaction, occasion_ids: Iterable[str]) -> list[Enrolment]:
    """Everybody who waits for any of these."""
    wanted = {"occasion_id": {"$in": list(occasion_ids)}, "state": "waiting"}
    return _read(await tx.db.enrolments.find(wanted, session=tx.session).to_list(None))


async def coming_of(tx: Transaction, people: Iterable[str], today: date) -> list[Enrolment]:
    """Seats and places in line that these people have in what has not begun."""
    wanted = {"person_id": {"$in": list(people)}, "first_day": {"$gt": today}, "state": {"$in": ACTIVE}}
    return _read(await tx.db.enrolments.find(wanted, session=tx.session).to_list(None))


async def taking(tx: Transaction, course_id: str, people: Iterable[str]) -> set[str]:
    """Who of these has or had a part in the course."""
    wanted = {
        "person_id": {"$in": list(people)},
        "course_id": course_id,
        "state": {"$in": [*SEATED, "waiting"]},
    }
    found = tx.db.enrolments.find(wanted, {"person_id": 1}, session=tx.session)
    return {document["person_id"] for document in await found.to_list(None)}


async def elsewhere(
    source: Database | Transaction, course_id: str, occasion_id: str, people: Iterable[str]
) -> list[Enrolment]:
    """Seats and places in line that these people have in other occasions of the course."""
    db, session = (source.db, source.session) if isinstance(source, Transaction) else (source, None)
    wanted = {
        "person_id": {"$in": list(people)},
        "course_id": course_id,
        "occasion_id": {"$ne": occasion_id},
        "state": {"$in": ACTIVE},
    }
    return _read(await db.enrolments.find(wanted, session=session).to_list(None))


async def any_of(tx: Transaction, person_id: str, limit: int) -> list[Enrolment]:
    """Some of somebody's, in whatever state."""
    found = tx.db.enrolments.find({"person_id": person_id}, session=tx.session)
    return _read(await found.limit(limit).to_list(limit))


async def of_occasion(tx: Transaction, occasion_id: str, limit: int) -> list[Enrolment]:
    found = tx.db.enrolments.find({"occasion_id": occasion_id}, session=tx.session)
    return _read(await found.limit(limit).to_list(limit))


async def has_others(db: Database, occasion_id: str, agency: str) -> bool:
    """Whether anybody of another agency has or had a part in it."""
    others = [
        {"occasion_id": occasion_id, "agency": {"$lt": agency}},
        {"occasion_id": occasion_id, "agency": {"$gt": agency}},
    ]
    return await db.enrolments.find_one({"$or": others}, {"_id": 1}) is not None


async def remove(tx: Transaction, ids: Sequence[str]) -> None:
    await tx.db.enrolments.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def save(tx: Transaction, enrolments: Sequence[Enrolment]) -> None:
    if enrolments:
        await tx.db.enrolments.bulk_write(
            [ReplaceOne({"_id": e.id}, to_document(e), upsert=True) for e in enrolments],
            ordered=False,
            session=tx.session,
        )
