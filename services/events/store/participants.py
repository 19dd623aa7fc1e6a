"""Queries on participants."""

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import ReplaceOne

from services.events.models.documents import (
    COMING,
    LIVE,
    Participant,
    ParticipantQuery,
    participant_id,
)
from shared.consuming.states import from_document
from shared.mongo import Database, Document, Transaction


async def load(tx: Transaction, meeting_id: str, person_ids: Iterable[str]) -> list[Participant]:
    ids = [participant_id(meeting_id, person_id) for person_id in dict.fromkeys(person_ids)]
    if not ids:
        return []
    return _read(await tx.db.participants.find({"_id": {"$in": ids}}, session=tx.session).to_list(None))


async def line(tx: Transaction, meeting_id: str, limit: int) -> list[Participant]:
    """The first in line, first first."""
    query = {"meeting_id": meeting_id, "state": "waiting"}
    cursor = tx.db.participants.find(query, session=tx.session)
    return _read(await cursor.sort([("waiting_since", 1), ("person_id", 1)]).limit(limit).to_list(limit))


async def untold(tx: Transaction, meeting_id: str, sequence: int, limit: int) -> list[Participant]:
    """Those who take part and have not been told of `sequence`."""
    query = {
        "meeting_id": meeting_id,
        "state": {"$in": sorted(LIVE)},
        "told_sequence": {"$lt": sequence},
    }
    return _read(await tx.db.participants.find(query, session=tx.session).limit(limit).to_list(limit))


async def following(
    tx: Transaction, meeting_id: str, after: str, states: Sequence[str], limit: int
) -> list[Participant]:
    """The next of those in these states, by id, behind the id `after`."""
    query = {"meeting_id": meeting_id, "_id": {"$gt": after}, "state": {"$in": list(states)}}
    return _read(
        await tx.db.participants.find(query, session=tx.session).sort("_id", 1).limit(limit).to_list(limit)
    )


async def attendance_recorded(tx: Transaction, meeting_id: str) -> bool:
    """Whether anybody's is."""
    query = {"meeting_id": meeting_id, "attended": {"$ne": None}}
    return await tx.db.participants.find_one(query, {"_id": 1}, session=tx.session) is not None


async def save(tx: Transaction, participants: Sequence[Participant]) -> None:
    if participants:
        await tx.db.participants.bulk_write(
            [ReplaceOne({"_id": p.id}, _document(p), upsert=True) for p in participants],
            ordered=False,
            session=tx.session,
        )


async def get(db: Database, meeting_id: str, person_id: str) -> Participant | None:
    document = await db.participants.find_one({"_id": participant_id(meeting_id, person_id)})
    return from_document(Participant, document) if document else None


async def everybody(db: Database, wanted: ParticipantQuery) -> list[Participant]:
    return _read(await db.participants.find(_query(wanted)).to_list(None))


async def page(db: Database, wanted: ParticipantQuery, offset: int, limit: int) -> list[Participant]:
    """By id."""
    found = db.participants.find(_query(wanted)).sort("_id", 1).skip(offset).limit(limit)
    return _read(await found.to_list(limit))


def _query(wanted: ParticipantQuery) -> Document:
    """It names the meeting, which bounds them."""
    return wanted.model_dump(exclude_none=True)


async def places(
    db: Database, waiting: Iterable[Participant], tx: Transaction | None = None
) -> dict[str, int]:
    """Each one's place in line, from 1, counted on the index up to them."""
    found: dict[str, int] = {}
    for one in waiting:
        query = {
            "meeting_id": one.meeting_id,
            "state": "waiting",
            "$or": [
                {"waiting_since": {"$lt": one.waiting_since}},
                {"waiting_since": one.waiting_since, "person_id": {"$lt": one.person_id}},
            ],
        }
        ahead = await db.participants.count_documents(query, session=tx.session if tx else None)
        found[one.person_id] = ahead + 1
    return found


async def of_person(db: Database, person_id: str) -> list[Participant]:
    """Where somebody has said that they mean to come."""
    query = {"person_id": person_id, "state": {"$in": sorted(COMING)}}
    return _read(await db.participants.find(query).to_list(None))


async def concerned(db: Database, agency: str, person_id: str) -> list[Participant]:
    """Everywhere somebody at the agency is invited and has not said no, up to the two hundred latest."""
    query = {"person_id": person_id, "agency": agency, "state": {"$in": sorted(LIVE)}}
    return _read(await db.participants.find(query).sort("_id", -1).limit(200).to_list(None))


async def live(db: Database, person_ids: Sequence[str], tx: Transaction | None = None) -> list[Participant]:
    """Everywhere they are invited and have not said no."""
    query = {"person_id": {"$in": list(person_ids)}, "state": {"$in": sorted(LIVE)}}
    return _read(await db.participants.find(query, session=tx.session if tx else None).to_list(None))


async def who_came(db: Database, meeting_ids: Sequence[str]) -> dict[str, list[Participant]]:
    """By meeting: attended, or had accepted where nobody has noted whether they came."""
    query = {
        "meeting_id": {"$in": list(meeting_ids)},
        "$or": [{"attended": True}, {"attended": None, "state": "accepted"}],
    }
    found: dict[str, list[Participant]] = {}
    for one in _read(await db.participants.find(query).to_list(None)):
        found.setdefault(one.meeting_id, []).append(one)
    return found


async def agencies_by_part(tx: Transaction, meeting_id: str) -> list[str]:
    """Agencies by how many of their people come, then by how many are invited and have not said no."""
    stages: list[dict[str, Any]] = [
        {"$match": {"meeting_id": meeting_id, "state": {"$in": sorted(LIVE)}}},
        {
            "$group": {
                "_id": "$agency",
                "coming": {"$sum": {"$cond": [{"$eq": ["$state", "accepted"]}, 1, 0]}},
                "invited": {"$sum": 1},
            }
        },
        {"$sort": {"coming": -1, "invited": -1, "_id": 1}},
    ]
    return [row["_id"] async for row in tx.db.participants.aggregate(stages, session=tx.session)]


async def any_of(tx: Transaction, person_id: str, limit: int) -> list[Participant]:
    """Some of somebody's, in whatever state."""
    found = tx.db.participants.find({"person_id": person_id}, session=tx.session)
    return _read(await found.limit(limit).to_list(limit))


async def of_meeting(tx: Transaction, meeting_id: str, limit: int) -> list[Participant]:
    found = tx.db.participants.find({"meeting_id": meeting_id}, session=tx.session)
    return _read(await found.limit(limit).to_list(limit))


async def has_others(db: Database, meeting_id: str, agency: str) -> bool:
    """Whether anybody of another agency is or was on the list."""
    others = [
        {"meeting_id": meeting_id, "agency": {"$lt": agency}},
        {"meeting_id": meeting_id, "agency": {"$gt": agency}},
    ]
    return await db.participants.find_one({"$or": others}, {"_id": 1}) is not None


async def remove(tx: Transaction, ids: Sequence[str]) -> None:
    await tx.db.participants.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def known_among(db: Database, ids: Sequence[str], tx: Transaction | None = None) -> set[str]:
    """Those of the ids whose people have been invited and have not left since."""
    query = {"_id": {"$in": list(ids)}, "state": {"$ne": "cancelled"}}
    found = await db.participants.find(query, {"_id": 1}, session=tx.session if tx else None).to_list(None)
    return {document["_id"] for document in found}


def _document(participant: Participant) -> Document:
    document = participant.model_dump()
    document["_id"] = document.pop("id")
    return document


def _read(documents: list[Document]) -> list[Participant]:
    return [from_document(Participant, document) for document in documents]
