"""What the network's figures are counted from: for a page that is opened now and then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from services.directory.peers.store.peers import took_part
from services.directory.people.rules.visibility import VISIBLE
from shared.mongo import Database, Document

_KNOWS = dict[str, set[str]]


async def people(db: Database) -> dict[str, int]:
    """How many may be seen, by agency; in the index that has an agency's people together."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"agency": {"$gt": ""}, **VISIBLE}},
        {"$group": {"_id": "$agency", "people": {"$sum": 1}}},
    ]
    return {row["_id"]: row["people"] async for row in db.people.aggregate(pipeline)}


async def lone(db: Database) -> list[Document]:
    """Every open card."""
    return await db.lone_cards.find({"retired_at": None}, {"person_id": 1, "role": 1, "agency": 1}).to_list(
        None
    )


async def holders(db: Database, ids: Iterable[str]) -> dict[str, Document]:
    """Of these, who may be seen: with agency and roles."""
    found = db.people.find(
        {"_id": {"$in": list(ids)}, **VISIBLE}, {"agency": 1, "roles": 1, "assignments": 1, "groups": 1}
    )
    return {person["_id"]: person for person in await found.to_list(None)}


async def met(db: Database, ids: Sequence[str], now: datetime) -> _KNOWS:
    """Person to those who came to the same past meetings."""
    mine = await db.attendance.find(
        {"person_id": {"$in": list(ids)}, **took_part()}, {"meeting_id": 1, "person_id": 1}
    ).to_list(None)
    meetings = list({one["meeting_id"] for one in mine})
    held = db.meetings.find(
        {"_id": {"$in": meetings}, "cancelled": False, "ends_at": {"$lt": now}}, {"_id": 1}
    )
    past = [one["_id"] for one in await held.to_list(None)]
    came: _KNOWS = defaultdict(set)
    async for one in db.attendance.find(
        {"meeting_id": {"$in": past}, **took_part()}, {"meeting_id": 1, "person_id": 1}
    ):
        came[one["meeting_id"]].add(one["person_id"])
    return _by_person((one["person_id"], came.get(one["meeting_id"], ())) for one in mine)


async def grouped(db: Database, people: Iterable[Document]) -> _KNOWS:
    """Person to those in the same groups."""
    of = {person["_id"]: person["groups"] for person in people}
    ids = list({group for groups in of.values() for group in groups})
    found = db.groups.find({"_id": {"$in": ids}, "deleted": False}, {"members": 1})
    members = {group["_id"]: group["members"] for group in await found.to_list(None)}
    return _by_person((id_, members.get(group, ())) for id_, groups in of.items() for group in groups)


async def answered(db: Database, ids: Sequence[str]) -> _KNOWS:
    """Person to those whose question they answered, and to those who answered theirs."""
    asked = await db.questions.find({"asker_id": {"$in": list(ids)}}, {"asker_id": 1}).to_list(None)
    by_me = await db.answers.find(
        {"person_id": {"$in": list(ids)}}, {"person_id": 1, "question_id": 1}
    ).to_list(None)
    askers = {one["_id"]: one["asker_id"] for one in asked}
    others = db.questions.find({"_id": {"$in": [one["question_id"] for one in by_me]}}, {"asker_id": 1})
    theirs = {one["_id"]: one["asker_id"] for one in await others.to_list(None)}
    to_me = db.answers.find({"question_id": {"$in": list(askers)}}, {"person_id": 1, "question_id": 1})
    pairs = [(askers[one["question_id"]], {one["person_id"]}) for one in await to_me.to_list(None)]
    pairs += [
        (one["person_id"], {theirs[one["question_id"]]}) for one in by_me if one["question_id"] in theirs
    ]
    return _by_person(pairs)


def _by_person(found: Iterable[tuple[str, Collection[str]]]) -> _KNOWS:
    known: _KNOWS = defaultdict(set)
    for person, others in found:
        known[person].update(others)
    return known
