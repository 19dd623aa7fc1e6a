"""What groups do: their decisions, their meetings, and which of them are to be looked after."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.directory.groups.rules.life import GROWN_UP, Activity
from shared.mongo import Database, Document, Indexes, Transaction

_NEWEST = [("decided_on", DESCENDING), ("_id", DESCENDING)]
INDEXES: Indexes = {
    "groups": [IndexModel("owner_id")],
    "group_decisions": [IndexModel([("group_id", ASCENDING), *_NEWEST]), IndexModel("noted_by")],
    "meetings": [IndexModel([("group_id", ASCENDING), ("ends_at", DESCENDING)])],
}
_MOST_MEETINGS = 100


async def activity(tx: Transaction, group: Document, now: datetime) -> Activity:
    """What the group has done; of its meetings, the last hundred."""
    people = tx.db.people.find({"_id": {"$in": group["members"]}}, {"agency": 1}, session=tx.session)
    agencies = {person["agency"] for person in await people.to_list(None)}
    query = {"group_id": group["_id"], "ends_at": {"$lt": now}, "cancelled": False, "deleted": False}
    found = tx.db.meetings.find(query, {"ends_at": 1}, session=tx.session).sort("ends_at", DESCENDING)
    ends = [meeting["ends_at"] for meeting in await found.limit(_MOST_MEETINGS).to_list(_MOST_MEETINGS)]
    return Activity(
        members=len(group["members"]),
        agencies=len(agencies),
        meetings=sum(now - end < GROWN_UP for end in ends),
        last_at=max(group.get("active_at") or group["created_at"], *ends[:1], group["created_at"]),
    )


async def insert_decision(tx: Transaction, decision: Document) -> None:
    await tx.db.group_decisions.insert_one(decision, session=tx.session)


async def decisions(db: Database, group_id: str, offset: int, limit: int) -> list[Document]:
    """The latest first."""
    found = db.group_decisions.find({"group_id": group_id}).sort(_NEWEST)
    return await found.skip(offset).limit(limit).to_list(limit)
