"""How far a service has come in a partition, kept in MongoDB and moved in the transaction of the work.

It is deduplication and fence at once: a consumer that has lost its partition meets a conflict on it. It
belongs to a topic's id and to the epoch of the leader it was read from, so that a topic made again and a log
that went back are noticed.
"""

from dataclasses import dataclass

from aiokafka import TopicPartition
from pymongo import ReturnDocument

from shared.consuming.resuming import Cursor
from shared.kafka import clients as kafka
from shared.kafka.partitions import Log
from shared.mongo import Database, Document, Indexes, Transaction
from shared.settings import ServiceSettings

INDEXES: Indexes = {"cursors": []}


class CursorMovedError(Exception):
    """Another process moved the cursor: the partition's new owner, or a rebuild."""


@dataclass
class Place:
    """How far one follower has come. Each has its own, so that of two on one partition one would notice."""

    partition: TopicPartition
    cursor_id: str
    next: int | None = None
    log: Log | None = None
    """As it was when the follower began to read it."""
    sure: int = 0
    """What lies before it was seen to be there, under that leader."""
    written_sure: int = 0
    unreadable: bool = False
    """Something holds it up, or did until just now."""
    tries: tuple[int, int] = (-1, 0)
    """At which offset, and how often in a row, bytes could not be unpacked."""

    def is_ahead_of_cursor(self, position: int) -> bool:
        return self.next is not None and (position > self.next or self.sure > self.written_sure)

    def cursor(self, end: int) -> Document:
        log = self.log
        known = {"topic_id": log.topic_id, "epoch": log.epoch, "sure": min(self.sure, end)} if log else {}
        return {"next": end, **known}


async def cluster_id(settings: ServiceSettings) -> str:
    async with kafka.admin(settings) as client:
        return await kafka.cluster_of(client)


def cursor_id(cluster: str, service: str, partition: TopicPartition) -> str:
    """Under what a service keeps how far it has come."""
    return f"{cluster}/{service}/{partition.topic}/{partition.partition}"


async def read(db: Database, place: Place) -> Cursor | None:
    found = await db.cursors.find_one({"_id": place.cursor_id})
    if not found:
        return None
    return Cursor(found["next"], found.get("topic_id", ""), found.get("epoch", -1), found.get("sure", 0))


async def move(tx: Transaction, place: Place, end: int) -> None:
    """Always written, so that two owners of a partition conflict.

    Raises:
        CursorMovedError: it is not where this follower left it.

    """
    before = await tx.db.cursors.find_one_and_update(
        {"_id": place.cursor_id},
        {"$set": place.cursor(end)},
        upsert=True,
        return_document=ReturnDocument.BEFORE,
        session=tx.session,
    )
    if (before["next"] if before else None) != place.next:
        raise CursorMovedError


async def move_alone(db: Database, place: Place, position: int) -> None:
    """Without a transaction: nothing is done beside it."""
    found = await db.cursors.update_one(
        {"_id": place.cursor_id, "next": place.next}, {"$set": place.cursor(position)}
    )
    if not found.matched_count:
        raise CursorMovedError
    place.next = position
    place.written_sure = place.sure
