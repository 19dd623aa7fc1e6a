"""Work that goes on after its transaction: kept until done, taken up again after a crash."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument, UpdateOne

from services.events.models.documents import Job
from shared.mongo import Database, Transaction

# As long as one attempt may take; after that another process takes the job up.
_LEASE = timedelta(seconds=60)


async def put(tx: Transaction, jobs: Sequence[Job]) -> None:
    """Each once: a job that waits already is done sooner where this is due sooner, and again where it is
    under way.
    """
    if not jobs:
        return
    await tx.db.jobs.bulk_write(
        [
            UpdateOne(
                {"_id": job.id},
                {
                    "$inc": {"asked": 1},
                    "$min": {"due": job.due},
                    "$setOnInsert": job.model_dump(exclude={"id", "due", "asked"}),
                },
                upsert=True,
            )
            for job in jobs
        ],
        ordered=False,
        session=tx.session,
    )


async def claim(db: Database, instance: str, now: datetime) -> Job | None:
    """The one that has been due longest."""
    document = await db.jobs.find_one_and_update(
        {"due": {"$lte": now}},
        {"$set": {"due": now + _LEASE, "held_by": instance}, "$inc": {"attempts": 1}},
        sort=[("due", 1)],
        return_document=ReturnDocument.AFTER,
    )
    return Job.model_validate({**document, "id": document["_id"]}) if document else None


async def inherit(db: Database, instance: str, now: datetime) -> None:
    """What a dead process of this name was at is due at once."""
    await db.jobs.update_many({"due": {"$gt": now}, "held_by": instance}, {"$set": {"due": now}})


async def done(db: Database, job: Job) -> None:
    """Forget it, unless it was asked for again meanwhile: then it is due already."""
    await db.jobs.delete_one({"_id": job.id, "asked": job.asked})


async def postpone(db: Database, job: Job, due: datetime) -> None:
    """Once more at `due`, unless it was asked for again meanwhile: then it is due already."""
    await db.jobs.update_one(
        {"_id": job.id, "asked": job.asked}, {"$set": {"due": due}, "$unset": {"held_by": ""}}
    )


async def forget_people(tx: Transaction, ids: Sequence[str]) -> None:
    """Nothing is to be done about them any more: they are erased, and what their leaving meant is done."""
    gone = list(ids)
    # Without anybody a sweep would be one of the whole audience.
    alone = {"people": {"$in": gone, "$not": {"$elemMatch": {"$nin": gone}}}}
    await tx.db.jobs.delete_many(alone, session=tx.session)
    change = {"$pull": {"people": {"$in": gone}}}
    await tx.db.jobs.update_many({"people": {"$in": gone}}, change, session=tx.session)


async def forget_meeting(tx: Transaction, meeting_id: str) -> None:
    await tx.db.jobs.delete_many({"meeting_id": meeting_id}, session=tx.session)


async def pending(db: Database, meeting_id: str, kind: str) -> bool:
    query: dict[str, Any] = {"meeting_id": meeting_id, "kind": kind}
    return await db.jobs.find_one(query, {"_id": 1}) is not None
