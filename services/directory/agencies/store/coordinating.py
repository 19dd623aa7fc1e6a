"""What waits for coordinators, and when they are to hear of it."""

from datetime import datetime

from services.directory.agencies.store import unmapped
from shared import due
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {"coordinator_mails": []}
COORDINATOR_MAIL = "coordinator mail"
_MOST = 1_000


async def plan(tx: Transaction, agency: str, due_at: datetime) -> None:
    """The first thing says when the mail is due; what comes until then goes along."""
    first = {"$setOnInsert": {"due_at": due_at, "agency": agency}}
    planned = await tx.db.coordinator_mails.update_one(
        {"_id": agency}, first, upsert=True, session=tx.session
    )
    # Only then: batches of one feed that all wrote to the row would conflict.
    if planned.upserted_id:
        await due.schedule(tx, [due_row(agency, due_at)])


def due_row(agency: str, at: datetime) -> due.Row:
    return due.Row(f"coordinator-mail/{agency}", COORDINATOR_MAIL, f"agency/{agency}", at)


async def take(tx: Transaction, agency: str, now: datetime) -> Document | None:
    due_still = {"_id": agency, "due_at": {"$lte": now}}
    return await tx.db.coordinator_mails.find_one_and_delete(due_still, session=tx.session)


async def waiting(db: Database, agency: str) -> dict[str, int]:
    corrections = await db.corrections.count_documents({"agency": agency, "state": "waiting"}, limit=_MOST)
    leaves = db.mass_leaves.find({"agency": agency, "state": "open"}, {"held": 1})
    return {
        "corrections": corrections,
        "words": len(await unmapped.words(db, agency, "unmapped")),
        "held": sum([leave["held"] async for leave in leaves]),
    }
