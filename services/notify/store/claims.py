"""Claims, and the marks that senders leave: every one a compare-and-set on the row's claim."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pymongo.errors import WriteError

from services.notify.models import Claim, Mark
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
    tokens = {claim.id: claim.token for claim in claims}
    return {row["_id"] async for row in found if row["claim"] == tokens[row["_id"]]}


async def naming(db: Database, ids: Sequence[str], people: Iterable[str]) -> set[str]:
    """Which of these mails name any of these people."""
    found = db.notifications.find({"_id": {"$in": list(ids)}, "mentions": {"$in": list(people)}}, {"_id": 1})
    return {row["_id"] async for row in found}


def spoilt(claim: Claim) -> Mark:
    """What was rendered names somebody who may not be named any more: to be claimed and rendered anew."""
    mark = release(claim, datetime.fromtimestamp(0, UTC))
    mark.change["$unset"] = {**mark.change["$unset"], "mime": ""}
    return mark


def frozen(row: Document, change: Document) -> Mark:
    """What was rendered, before anybody tries to send it."""
    return Mark(_mine(row["_id"], row["claim"]), {"$set": change})


def suppressed(row: Document, reason: str) -> Mark:
    return Mark(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": "suppressed", "reason": reason, "unannounced": True},
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def too_late(claim: Claim) -> Mark:
    """A doubt of this try is none: DATA was never said."""
    return suppressed({"_id": claim.id, "claim": claim.token}, "too_late")


def unreadable(row: Document) -> Mark:
    return Mark(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": "failed", "reason": "unreadable_template", "unannounced": True},
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def put_back(row: Document, until: datetime, **change: object) -> Mark:
    """Not tried, so nothing is counted: it is due again at `until`."""
    state = "deferred" if row["attempts"] else "created"
    return Mark(
        _mine(row["_id"], row["claim"]),
        {
            "$set": {"state": state, "due_at": until, **change},
            "$unset": {"claim": ""},
            "$inc": {"version": 1},
        },
    )


def release(claim: Claim, now: datetime) -> Mark:
    return put_back({"_id": claim.id, "claim": claim.token, "attempts": claim.attempts}, now)


def undoubted(claim: Claim, now: datetime) -> Mark:
    """Marked as in doubt and then not begun: if it is still ours there is no doubt, and it is due again."""
    row = {"_id": claim.id, "claim": claim.token, "attempts": claim.attempts}
    return put_back(row, now, doubts=claim.doubts)


def in_doubt(claim: Claim) -> Mark:
    """From here on only the server's answer tells whether the mail went out."""
    return Mark(
        {**_mine(claim.id, claim.token), "state": "sending"},
        {"$set": {"state": "in_doubt", "doubts": claim.doubts + 1}, "$inc": {"version": 1}},
    )


def sent(claim: Claim, now: datetime) -> Mark:
    """Whoever holds the row by now: the server has taken the mail, and that can't be taken back."""
    return Mark(
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


def deferred(claim: Claim, reason: str, until: datetime) -> Mark:
    """The server did not take it, for certain: the doubt of this try is settled, an earlier one is not."""
    return Mark(
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


def refused(claim: Claim, reason: str, until: datetime, now: datetime) -> Mark:
    """Deferred, because the next mails tell whether the address is to blame."""
    mark = deferred(claim, reason, until)
    mark.change["$set"] |= {"refused_at": claim.refused_at or now}
    return mark


def kept(claim: Claim, reason: str, until: datetime) -> Mark:
    """The server takes no mail from us at all: this try counts as none, and the mail stays queued."""
    row = {"_id": claim.id, "claim": claim.token, "attempts": claim.attempts}
    return put_back(row, until, state="deferred", reason=reason, doubts=claim.doubts)


def failed(claim: Claim, reason: str, *, address_refused: bool = False) -> Mark:
    """`address_refused`: nothing more goes to this address, and its agency is told."""
    return Mark(
        _mine(claim.id, claim.token),
        {
            "$set": {
                "state": "failed",
                "reason": reason,
                "attempts": claim.attempts + 1,
                "doubts": claim.doubts,
                "unannounced": True,
                **({"address_refused": True} if address_refused else {}),
            },
            "$unset": _SETTLED,
            "$inc": {"version": 1},
        },
    )


def revived(claim: Claim, until: datetime) -> Mark:
    """Failed by its address, which was not to blame after all: rendered and tried once more."""
    return Mark(
        {"_id": claim.id, "state": "failed", "address_refused": True},
        {
            "$set": {
                "state": "deferred",
                "attempts": claim.attempts,
                "doubts": claim.doubts,
                "due_at": until,
                "unannounced": True,
            },
            "$unset": {"address_refused": ""},
            "$inc": {"version": 1},
        },
    )


def left_in_doubt(claim: Claim, until: datetime) -> Mark:
    """The connection broke after the mail's last byte; `take` decides at `until` what comes of it."""
    return Mark(
        _mine(claim.id, claim.token),
        {
            "$set": {"reason": "outcome_unknown", "attempts": claim.attempts + 1, "due_at": until},
            "$unset": {"claim": "", "slot": ""},
            "$inc": {"version": 1},
        },
    )


def _mine(id_: str, token: str) -> Document:
    return {"_id": id_, "claim": token}
