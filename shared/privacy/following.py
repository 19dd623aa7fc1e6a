"""What the directory asks, as a service has heard it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pymongo import ASCENDING, IndexModel, ReturnDocument

from shared.consuming.incoming import Incoming
from shared.consuming.states import Copy, from_document
from shared.consuming.subscriptions import Subscription
from shared.contracts.privacy import PrivacyRequest, Wanted
from shared.contracts.topics import DIRECTORY_PRIVACY
from shared.mongo import Database, Document, Indexes, Transaction
from shared.privacy import burials
from shared.privacy.classes import Whom

_INDEXES: Indexes = {
    "privacy": [IndexModel([("deleted", ASCENDING)])],
    "erasures": [IndexModel([("closed_at", ASCENDING)])],
    **burials.INDEXES,
}
_COPY = Copy(DIRECTORY_PRIVACY, PrivacyRequest)


async def _on_requests(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    """Once everybody has answered, those who were erased are looked for once more, a little later: others may
    have said something of them that was on its way.
    """
    changes = await _COPY.apply(tx, batch)
    closed = [c.before for c in changes if c.after is None and c.before and c.before.kind == "erasure"]
    now = datetime.now(UTC)
    for request in closed:
        row: Document = {
            "agency": request.agency,
            "people": [each.id for each in request.people],
            "closed_at": now,
        }
        if request.wanted:
            row["wanted"] = request.wanted.model_dump()
        await tx.db.erasures.replace_one({"_id": request.id}, row, upsert=True, session=tx.session)


SUBSCRIPTION = Subscription.keeping(_COPY, _on_requests, _INDEXES)


async def to_answer(db: Database) -> list[PrivacyRequest]:
    now = datetime.now(UTC)
    open_ = {"deleted": False, "answered": {"$ne": True}, "not_before": {"$not": {"$gt": now}}}
    found = await db.privacy.find(open_).to_list(100)
    return [from_document(PrivacyRequest, document) for document in found]


async def mark_answered(tx: Transaction, request: PrivacyRequest) -> None:
    await tx.db.privacy.update_one(_as_asked(request), {"$set": {"answered": True}}, session=tx.session)


async def put_off(db: Database, request: PrivacyRequest, pause: timedelta) -> None:
    until = datetime.now(UTC) + pause
    await db.privacy.update_one(_as_asked(request), {"$set": {"not_before": until}})


async def count_failure(db: Database, request: PrivacyRequest) -> int:
    """Returns how often it has failed, with this time."""
    row = await db.privacy.find_one_and_update(
        _as_asked(request), {"$inc": {"failures": 1}}, return_document=ReturnDocument.AFTER
    )
    return row["failures"] if row else 0


def _as_asked(request: PrivacyRequest) -> Document:
    return {"_id": request.id, "version": request.version}


class Again(NamedTuple):
    """An erasure that is done a second time."""

    id: str
    whom: Whom
    wanted: Wanted | None


async def once_more(db: Database, after: timedelta) -> list[Again]:
    """Erasures that every service answered at least so long ago."""
    # Rows of before 2026-12 have no `closed_at`, and are old enough.
    old = {"closed_at": {"$not": {"$gt": datetime.now(UTC) - after}}}
    found = await db.erasures.find(old).to_list(100)
    return [
        Again(
            row["_id"],
            Whom(row["agency"], tuple(row["people"])),
            Wanted.model_validate(row["wanted"], strict=False) if "wanted" in row else None,
        )
        for row in found
    ]


async def forget(db: Database, erasure_id: str) -> None:
    await db.erasures.delete_one({"_id": erasure_id})


async def awaits_word(db: Database, request: PrivacyRequest) -> bool:
    """Whether somebody is still here as they were before they were erased: that word comes on another
    topic.
    """
    versions = {each.id: each.version for each in request.people}
    found = db.people.find({"_id": {"$in": list(versions)}, "deleted": False}, {"version": 1})
    return any([row["version"] < versions[row["_id"]] async for row in found])
