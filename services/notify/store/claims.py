"""Claims, and the marks that senders leave: every one a compare-and-set on the row's claim."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pymongo import UpdateOne

from services.notify.models import Claim
from shared.mongo import Database, Document

_SETTLED = {"due_at": "", "claim": "", "mime": ""}
# How often DATA may have begun without an answer before a person has to decide.
MOST_DOUBTS = 2


async def take(db: Database, token: str, now: datetime, lease: timedelta, limit: int) -> list[Document]:
    """Claim what is due, the longest due first, until `now + lease`: new mails, those put off, and those of
    processes whose lease has run out. Nobody else gets them meanwhile.
    """
    due = db.notifications.find({"due_at": {"$lte": now}}, {"state": 1, "doubts": 1})
    found = await due.sort("due_at", 1).limit(limit).to_list(limit)
    if not found:
        return []
    if any(row["doubts"] >= MOST_DOUBTS for row in found):
        await _leave_to_operator(db, now, [row["_id"] for row in found])
    ids = [row["_id"] for row in found]
    taken = await db.notifications.update_many(
        {"_id": {"$in": ids}, "due_at": {"$lte": now}},
        {
            "$set": {"state": "sending", "claim": token, "due_at": now + lease},
            "$inc": {"version": 1},
        },
    )
    if not taken.modified_count:
        return []
    mine = db.notifications.find({"_id": {"$in": ids}, "claim": token})
    return await mine.to_list(limit)


async def _leave_to_operator(db: Database, now: datetime, ids: Sequence[str]) -> None:
    await db.notifications.update_many(
        {"_id": {"$in": list(ids)}, "due_at": {"$lte": now}, "doubts": {"$gte": MOST_DOUBTS}},
        {
            "$set": {"state": "in_doubt", "reason": "outcome_unknown", "unannounced": True},
            "$unset": {"due_at": "", "claim": ""},
            "$inc": {"version": 1},
        },
    )


async def prolong(db: Database, claims: Iterable[Claim], until: datetime) -> None:
    """Keep what this process still holds."""
    held = list(claims)
    if held:
        await db.notifications.update_many(
            {"_id": {"$in": [c.id for c in held]}, "claim": {"$in": list({c.token for c in held})}},
            {"$set": {"due_at": until}},
        )


async def write(db: Database, marks: Sequence[UpdateOne]) -> int:
    """All in their order in one round trip, with majority; returns how many rows they met."""
    result = await db.notifications.bulk_write(marks)
    return result.matched_count


async def marked(db: Database, claims: Sequence[Claim]) -> set[str]:
    """Which of them bear the in_doubt mark of this claim."""
    found = db.notifications.find(
        {"_id": {"$in": [claim.id for claim in claims]}, "state": "in_doubt"}, {"claim": 1}
    )
    tokens = {claim.id: claim.token for claim in claims}
    return {row["_id"] async for row in found if row["claim"] == tokens[row["_id"]]}


def frozen(row: Document, change: Document) -> UpdateOne:
    """What was rendered, before anybody tries to send it."""
    return UpdateOne(_mine(row["_id"], row["claim"]), {"$set": change})


def suppressed(row: Document, reason: str) -> UpdateOne:
    return UpdateOne(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": "suppressed", "reason": reason, "unannounced": True},
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def unreadable(row: Document) -> UpdateOne:
    return UpdateOne(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": "failed", "reason": "unreadable_template", "unannounced": True},
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def put_back(row: Document, until: datetime, **change: object) -> UpdateOne:
    """Not tried, so nothing is counted: it is due again at `until`."""
    state = "deferred" if row["attempts"] else "created"
    return UpdateOne(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": state, "due_at": until, **change},
            "$unset": {"claim": ""},
            "$inc": {"version": 1},
        },
    )


def release(claim: Claim, now: datetime) -> UpdateOne:
    return put_back({"_id": claim.id, "claim": claim.token, "attempts": claim.attempts}, now)


def in_doubt(claim: Claim, until: datetime) -> UpdateOne:
    """From here on only the server's answer tells whether the mail went out."""
    return UpdateOne(
        {**_mine(claim.id, claim.token), "state": "sending"},
        {"$set": {"state": "in_doubt", "due_at": until, "doubts": claim.doubts + 1}, "$inc": {"version": 1}},
    )


def sent(claim: Claim, now: datetime) -> UpdateOne:
    """Whoever holds the row by now: the server has taken the mail, and that can't be taken back."""
    return UpdateOne(
        {"_id": claim.id, "state": {"$ne": "sent"}},
        {
            "$set": {
                "state": "sent",
                "reason": "",
                "sent_at": now,
                "attempts": claim.attempts + 1,
                "doubts": 0,
                "unannounced": True,
            },
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def deferred(claim: Claim, reason: str, until: datetime) -> UpdateOne:
    """The server did not take it, for certain: the doubt of this try is settled, an earlier one is not."""
    return UpdateOne(
        _mine(claim.id, claim.token),
        {
            "$set": {
                "state": "deferred",
                "reason": reason,
                "attempts": claim.attempts + 1,
                "doubts": claim.doubts,
                "due_at": until,
                "unannounced": True,
            },
            "$unset": {"claim": "", "slot": ""},
            "$inc": {"version": 1},
        },
    )


def failed(claim: Claim, reason: str) -> UpdateOne:
    return UpdateOne(
        _mine(claim.id, claim.token),
        {
            "$set": {
                "state": "failed",
                "reason": reason,
                "attempts": claim.attempts + 1,
                "doubts": claim.doubts,
                "unannounced": True,
            },
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def left_in_doubt(claim: Claim, until: datetime) -> UpdateOne:
    """The connection broke after the mail's last byte; `take` decides at `until` what comes of it."""
    return UpdateOne(
        _mine(claim.id, claim.token),
        {
            "$set": {"reason": "outcome_unknown", "attempts": claim.attempts + 1, "due_at": until},
            "$unset": {"claim": "", "slot": ""},
            "$inc": {"version": 1},
        },
    )


def _mine(id_: str, token: str) -> Document:
    return {"_id": id_, "claim": token}
