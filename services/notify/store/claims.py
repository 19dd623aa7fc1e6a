"""Claims, and the marks that senders leave: every one a compare-and-set on the row's state and claim."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pymongo.errors import WriteError

from services.notify.models import Claim, Rendering, WholeMail
from services.notify.rules.states import MOST_DOUBTS, TRANSITIONS, Event, Step
from services.notify.store.notifications import changed, whole
from shared.mongo import Database, Document


@dataclass(frozen=True, slots=True)
class Mark:
    """One change of one row: which row, as long as it is as it was, and the change."""

    row: Document
    change: Document


async def take(db: Database, token: str, now: datetime, lease: timedelta, limit: int) -> list[WholeMail]:
    """Claim what is due, the longest due first, until `now + lease`: new mails, those put off, and those of
    processes whose lease has run out. Nobody else gets them meanwhile.
    """
    due = db.notifications.find({"due_at": {"$lte": now}}, {"doubts": 1})
    found = await due.sort("due_at", 1).limit(limit).to_list(limit)
    if not found:
        return []
    if any(row["doubts"] >= MOST_DOUBTS for row in found):
        await _leave_to_operator(db, now, [row["_id"] for row in found])
    ids = [row["_id"] for row in found]
    taken = await db.notifications.update_many(
        {"_id": {"$in": ids}, "due_at": {"$lte": now}},
        {
            "$set": {"state": TRANSITIONS[Event.CLAIMED].to, "claim": token, "due_at": now + lease},
            "$inc": {"version": 1},
        },
    )
    if not taken.modified_count:
        return []
    mine = db.notifications.find({"_id": {"$in": ids}, "claim": token})
    return [whole(row) for row in await mine.to_list(limit)]


async def inherit(db: Database, instance: str, now: datetime) -> None:
    """What a dead process of this name held and had not begun to hand over is due at once. What it left in
    doubt keeps its time.
    """
    held = {"$regex": f"^{re.escape(instance)}/"}
    await db.notifications.update_many(
        {"due_at": {"$gt": now}, "state": "sending", "claim": held}, {"$set": {"due_at": now}}
    )


async def _leave_to_operator(db: Database, now: datetime, ids: Sequence[str]) -> None:
    await db.notifications.update_many(
        {"_id": {"$in": list(ids)}, "due_at": {"$lte": now}, "doubts": {"$gte": MOST_DOUBTS}},
        {
            "$set": {
                "state": TRANSITIONS[Event.LEFT_TO_OPERATOR].to,
                "reason": "outcome_unknown",
                "unannounced": True,
            },
            "$unset": {"due_at": "", "claim": ""},
            "$inc": {"version": 1},
        },
    )


async def prolong(db: Database, claims: Iterable[Claim], until: datetime) -> None:
    """Keep what this process still holds."""
    held = list(claims)
    if held:
        await db.notifications.update_many(
            {"_id": {"$in": [c.id for c in held]}, "claim": {"$in": list({c.mail.claim for c in held})}},
            {"$set": {"due_at": until}},
        )


async def write(db: Database, marks: Sequence[Mark]) -> int:
    """All in their order in one round trip, with majority; returns how many rows they met.

    By the bare command: the driver's bulk_write keeps a record of each write on the server so that it can
    repeat it, which marks don't need and which takes the server longer than the write itself.
    """
    updates = [{"q": mark.row, "u": mark.change} for mark in marks]
    result = await db.command(
        "update", "notifications", updates=updates, writeConcern={"w": "majority", "j": True}
    )
    if errors := result.get("writeErrors"):
        raise WriteError(errors[0]["errmsg"], errors[0]["code"])
    return result["n"]


async def marked(db: Database, claims: Sequence[Claim]) -> set[str]:
    """Which of them bear the in_doubt mark of this claim."""
    found = db.notifications.find(
        {"_id": {"$in": [claim.id for claim in claims]}, "state": "in_doubt"}, {"claim": 1}
    )
    tokens = {claim.id: claim.mail.claim for claim in claims}
    return {row["_id"] async for row in found if row["claim"] == tokens[row["_id"]]}


async def naming(db: Database, ids: Sequence[str], people: Iterable[str]) -> set[str]:
    """Which of these mails name any of these people."""
    found = db.notifications.find({"_id": {"$in": list(ids)}, "mentions": {"$in": list(people)}}, {"_id": 1})
    return {row["_id"] async for row in found}


def mark(step: Step[WholeMail]) -> Mark:
    row: Document = {"_id": step.mail.id, "state": {"$in": list(step.transition.sources)}}
    if step.claim:
        row["claim"] = step.claim
    return Mark(row, changed(step))


def frozen(mail: WholeMail, rendering: Rendering) -> Mark:
    """What was rendered, before anybody tries to send it."""
    kept = asdict(rendering)
    if not rendering.secrets:
        del kept["secrets"]
    return Mark({"_id": mail.id, "claim": mail.claim}, {"$set": kept})
