"""Where a partition could not be followed as it was written: bytes that can't be unpacked, records that Kafka
dropped before they were read, a log that went back, a topic that was made again. Kept for 90 days; told to
operators, and to the agency where the topic is an agency's.
"""

from datetime import UTC, datetime

import uuid_utils
from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.audit import entries as audit
from shared.consuming.resuming import Lost
from shared.contracts.topics import STAFF_PREFIX
from shared.errors import CommandRefused
from shared.mongo import Database, Document, Indexes, Mongo, Transaction
from shared.observing import metrics

INDEXES: Indexes = {
    "interruptions": [
        IndexModel([("topic", ASCENDING), ("at", DESCENDING)]),
        IndexModel("told", partialFilterExpression={"told": False}, name="untold"),
        # One that lasts has no end yet, and is kept.
        IndexModel("until", expireAfterSeconds=90 * 86_400),
    ],
}
_MOST = 1_000


async def note(
    tx: Transaction,
    topic: str,
    partition: int,
    lost: Lost,
    *,
    why: str = "",
    written_at: datetime | None = None,
) -> None:
    """Unreadable bytes once, however often they are met. `written_at` is their own time where it is known."""
    now = datetime.now(UTC)
    lasts = lost.kind == "unreadable"
    if lasts and any(each["first"] == lost.first for each in await lasting(tx.db, topic, partition)):
        return
    await tx.db.interruptions.insert_one(
        {
            "_id": str(uuid_utils.uuid7()),
            "topic": topic,
            "partition": partition,
            "kind": lost.kind,
            "first": lost.first,
            "next": lost.next,
            "why": why,
            "at": now,
            "written_at": written_at,
            "until": None if lasts else now,
            "passed_over": False,
            "told": not topic.startswith(STAFF_PREFIX),
        },
        session=tx.session,
    )
    count = metrics.interruptions.labels(tx.sender.service, topic, lost.kind)
    tx.after_commit.append(count.inc)


async def lasting(db: Database, topic: str, partition: int) -> list[Document]:
    """What holds the partition up, the lowest offset first."""
    found = db.interruptions.find({"topic": topic, "partition": partition, "until": None})
    return sorted(await found.to_list(_MOST), key=lambda each: each["first"])


async def close(tx: Transaction, topic: str, partition: int, at: int) -> None:
    """What held it up before this offset is over."""
    await tx.db.interruptions.update_many(
        {"topic": topic, "partition": partition, "until": None, "first": {"$lt": at}},
        {"$set": {"until": datetime.now(UTC)}},
        session=tx.session,
    )


async def of_topic(db: Database, topic: str, since: datetime, most: int) -> list[Document]:
    """Those that last, and those of late, the latest first."""
    found = db.interruptions.find({"topic": topic, "$or": [{"until": None}, {"at": {"$gte": since}}]})
    return await found.sort("at", DESCENDING).limit(most).to_list(most)


async def listed(db: Database, topic: str = "") -> list[Document]:
    """Of all topics, the latest first, at most a thousand."""
    wanted = {"topic": topic} if topic else {"topic": {"$gt": ""}}
    return await db.interruptions.find(wanted).sort("at", DESCENDING).limit(_MOST).to_list(_MOST)


async def waiting(db: Database, topic: str, partition: int) -> Document:
    """What holds the partition up first.

    Raises:
        CommandRefused: nothing does.

    """
    found = await lasting(db, topic, partition)
    if not found:
        raise CommandRefused(f"Nothing holds up {topic}/{partition}.")
    return found[0]


async def pass_over(mongo: Mongo, cluster: str, service: str, topic: str, partition: int) -> Document:
    """Let the service go on behind what it can't unpack: an operator's decision, for the audit. What is in
    those bytes is lost to it unless its sender publishes it again.

    Raises:
        CommandRefused: nothing holds that partition up.

    """

    async def work(tx: Transaction) -> Document:
        found = await waiting(tx.db, topic, partition)
        cursor = f"{cluster}/{service}/{tx.sender.namespace}{topic}/{partition}"
        await tx.db.cursors.update_one(
            {"_id": cursor}, {"$max": {"next": found["next"]}}, upsert=True, session=tx.session
        )
        await tx.db.interruptions.update_one(
            {"_id": found["_id"]},
            {"$set": {"until": datetime.now(UTC), "passed_over": True}},
            session=tx.session,
        )
        await audit.record(
            tx,
            "feed.passed_over",
            agency=topic.removeprefix(STAFF_PREFIX) if topic.startswith(STAFF_PREFIX) else "",
            thing=f"feed/{topic}/{partition}/{found['first']}",
            next=found["next"],
        )
        return found

    return await mongo.transact(work)


async def untold(db: Database, before: datetime) -> list[Document]:
    """Of agencies' topics, what their coordinators have not heard of."""
    return await db.interruptions.find({"told": False, "at": {"$lte": before}}).to_list(_MOST)


async def mark_told(tx: Transaction, ids: list[str]) -> None:
    await tx.db.interruptions.update_many({"_id": {"$in": ids}}, {"$set": {"told": True}}, session=tx.session)


async def forget(tx: Transaction, topic: str) -> None:
    """Of an agency that leaves."""
    await tx.db.interruptions.delete_many({"topic": topic}, session=tx.session)
