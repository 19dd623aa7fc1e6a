"""One partition followed: every record's effect happens once, in order of its key, whatever crashes.

The cursor in MongoDB moves in the same transaction as the work. It is deduplication and fence at once: a
consumer that has lost its partition meets a conflict on the cursor. It belongs to a topic's id and to the
epoch of the leader it was read from, so that a topic made again and a log that went back are noticed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, PyMongoError, WriteError

from shared import failpoints
from shared.consuming import interruptions, parking
from shared.consuming.incoming import Incoming, Item, decode
from shared.consuming.parking import Record
from shared.consuming.resuming import Cursor, Lost, resume
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import STAFF_PREFIX, staff_topic
from shared.kafka import clients as kafka
from shared.kafka.partitions import Log, moment_of
from shared.mongo import Document, Indexes, Mongo, TookTooLong, Transaction, is_transient
from shared.observing import metrics
from shared.observing.health import Health, Progress
from shared.publishing import outbox
from shared.running import memory
from shared.running.turns import fairly
from shared.settings import ServiceSettings

log = structlog.get_logger()

INDEXES: Indexes = {"cursors": []}
_BATCH = 500
_QUEUE_PER_KEY = 1_000
_MOVES = 5
_LOOK_AGAIN = 0.05
# Bytes may be garbled on their way once, hardly thrice.
_TRIES = 3
_BETWEEN_TRIES = 0.3
_HELD_UP = 5.0
_IDLE = 5.0


class CursorMovedError(Exception):
    """Somebody else moved the cursor: another owner of the partition, or a rebuild."""


class HaltedError(Exception):
    """Too much fails here for parking to be right."""


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


@dataclass
class Shared:
    """What the followers of one process share."""

    settings: ServiceSettings
    mongo: Mongo
    service: str
    health: Health
    kafka: AIOKafkaConsumer
    lag: metrics.Lag
    outbox: outbox.Depth
    most_untold: int | None
    to_commit: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])


class Follower:
    def __init__(self, shared: Shared, subscription: Subscription, place: Place) -> None:
        self._mongo = shared.mongo
        self._kafka = shared.kafka
        self._partitions = kafka.partitions(shared.kafka)
        self._shared = shared
        self._subscription = subscription
        self._partition = place.partition
        self._topic = place.partition.topic.removeprefix(shared.settings.namespace)
        self._place = place
        self._last = monotonic()

    async def run(self) -> None:
        partition, shared = self._partition, self._shared
        name = f"{self._topic}/{partition.partition}"
        progress = shared.health.watch(name)
        attempt = 0
        try:
            while True:
                try:
                    await self._seek()
                    while True:
                        records = await self._fetch()
                        if records:
                            if len(records) == _BATCH:
                                await self._let_be_told(progress)
                            await self._take(records)
                        await self._note_progress(bool(records))
                        progress.moved()
                        attempt = 0
                except CursorMovedError:
                    log.info("cursor.moved", partition=name)
                except HaltedError:
                    progress.stuck("more than 1 % of the keys fail here")
                    await asyncio.sleep(30)
                except kafka.Unreadable as error:
                    # Its sender's affair: a service is as ready as it was.
                    progress.moved()
                    await asyncio.sleep(await self._meet_unreadable(error))
                except (PyMongoError, KafkaError, TimeoutError) as error:
                    attempt += 1
                    progress.stuck(type(error).__name__)
                    # Partitions change hands when topics come and go: that is no fault until it goes on.
                    moving = isinstance(error, IllegalStateError) and attempt < _MOVES
                    (log.info if moving else log.warning)(
                        "batch.postponed", partition=name, error=type(error).__name__, attempt=attempt
                    )
                    await asyncio.sleep(random.uniform(0.05, min(5.0, 0.1 * 2**attempt)))
        finally:
            shared.lag.forget(partition)
            shared.health.forget(name)

    async def _let_be_told(self, progress: Progress) -> None:
        most = self._shared.most_untold
        while most is not None and await self._shared.outbox.waiting(most, newer_than=_LOOK_AGAIN) >= most:
            progress.moved()
            await asyncio.sleep(_LOOK_AGAIN)

    # --- where to read ------------------------------------------------------------------------------------

    async def _seek(self) -> None:
        partition, place = self._partition, self._place
        found = await self._mongo.db.cursors.find_one({"_id": place.cursor_id})
        cursor = _as_cursor(found) if found else None
        place.next = cursor.next if cursor else None
        now = await self._partitions.log(partition)
        first = await self._partitions.first(partition)
        before = place.log, place.sure
        if cursor and place.log and (cursor.topic_id, cursor.epoch) == (place.log.topic_id, place.log.epoch):
            cursor = cursor._replace(sure=max(cursor.sure, place.sure))
        known = cursor is not None and cursor.topic_id == now.topic_id and cursor.epoch >= 0
        epoch_end = await self._partitions.end_of(partition, cursor.epoch) if cursor and known else -1
        found = resume(cursor, now, first, epoch_end)
        place.log, place.sure, place.written_sure = now, found.start, found.start
        try:
            await self._move_where_lost(found.start, found.lost)
        except BaseException:
            # Tried again, it must find as much lost.
            place.log, place.sure = before
            raise
        # While topics come and go aiokafka has nothing assigned at all, and fails on that with an assertion.
        if partition not in self._kafka.assignment():
            raise IllegalStateError(f"{partition} is not ours just now")
        self._kafka.seek(partition, found.start)
        self._shared.lag.reached(partition, found.start)

    async def _move_where_lost(self, start: int, lost: Sequence[Lost]) -> None:
        """At once, so that what was lost is noted once; and what held the partition up before is over."""
        place, number = self._place, self._partition.partition
        waits = await interruptions.lasting(self._mongo.db, self._topic, number)
        over = bool(waits) and waits[0]["first"] < start
        place.unreadable = bool(waits) and not over
        if not place.unreadable:
            self._shared.lag.waits(self._partition, unreadable_bytes=False)
        if not (lost or over or (place.next is not None and start < place.next)):
            return

        async def work(tx: Transaction) -> None:
            await self._move_cursor(tx, place, start)
            for each in lost:
                await interruptions.note(tx, self._topic, number, each)
            await interruptions.close(tx, self._topic, number, start)

        await self._mongo.transact(work)
        for each in lost:
            log.error(
                "cursor.not_as_left",
                kind=each.kind,
                partition=f"{self._topic}/{number}",
                first=each.first,
                next=each.next,
            )
        place.next = start

    async def _note_progress(self, some: bool) -> None:
        """Where nothing has come for a while, what Kafka writes to end transactions counts as read too: kept
        no longer by Kafka, it would look like records that were missed. And what is sure is written down.
        """
        place, now = self._place, monotonic()
        position = await self._kafka.position(self._partition)
        self._shared.lag.reached(self._partition, position)
        if place.unreadable and position > place.tries[0]:
            await self._mongo.transact(self._close(position))
            self._shared.lag.waits(self._partition, unreadable_bytes=False)
            place.unreadable = False
        if some:
            self._last = now
        elif place.is_ahead_of_cursor(position) and now - self._last > _IDLE:
            await self._write_cursor(position)

    async def _write_cursor(self, position: int) -> None:
        """Without a transaction: nothing is done beside it."""
        place = self._place
        found = await self._mongo.db.cursors.update_one(
            {"_id": place.cursor_id, "next": place.next}, {"$set": place.cursor(position)}
        )
        if not found.matched_count:
            raise CursorMovedError
        place.next = position
        place.written_sure = place.sure

    def _close(self, at: int) -> Callable[[Transaction], Awaitable[None]]:
        return lambda tx: interruptions.close(tx, self._topic, self._partition.partition, at)

    # --- bytes --------------------------------------------------------------------------------------------

    async def _fetch(self) -> Sequence[Any]:
        partition = self._partition
        try:
            fetched = await kafka.fetch(self._kafka, partition, seconds=1, most=_BATCH)
        except kafka.Unreadable:
            # What lies before it, one by one: together they were thrown away with it.
            if not (records := await self._before_unreadable()):
                raise
            return records
        return fetched.get(partition, ())

    async def _before_unreadable(self) -> list[Any]:
        partition, found = self._partition, list[Any]()
        try:
            while len(found) < _BATCH:
                one = await kafka.fetch(self._kafka, partition, seconds=1, most=1)
                if partition not in one:
                    break
                found += one[partition]
        except kafka.Unreadable:
            pass
        return found

    async def _meet_unreadable(self, error: kafka.Unreadable) -> float:
        """Note it when it is certain; returns for how long to leave it alone."""
        partition, place = self._partition, self._place
        offset = await self._kafka.position(partition)
        before, tries = place.tries
        place.tries = (offset, tries + 1 if before == offset else 1)
        if place.tries[1] < _TRIES:
            return _BETWEEN_TRIES
        self._shared.lag.waits(partition, unreadable_bytes=True)
        place.unreadable = True
        if place.tries[1] == _TRIES:
            end, written = await self._partitions.batch_at(partition, offset)
            log.error(
                "partition.unreadable",
                partition=f"{self._topic}/{partition.partition}",
                first=offset,
                next=end,
                why=error.why,
            )
            lost = Lost("unreadable", offset, end)
            at = moment_of(written)

            async def work(tx: Transaction) -> None:
                await interruptions.note(
                    tx, self._topic, partition.partition, lost, why=error.why, written_at=at
                )

            await self._mongo.transact(work)
        return _HELD_UP

    # --- records ------------------------------------------------------------------------------------------

    async def _take(self, records: Sequence[Any]) -> None:
        number, salvage = self._partition.partition, self._subscription.salvage
        contract = self._subscription.topic or staff_topic(self._topic.removeprefix(STAFF_PREFIX))
        with memory.batch():
            items = [
                decode(contract, Record(self._topic, number, r.offset, r.key, r.value), salvage)
                async for r in fairly(records)
            ]
            failpoints.passing("consumer.decoded")
            await self._apply_or_bisect(self._place, self._subscription, items)
        self._shared.to_commit[self._partition] = records[-1].offset + 1

    async def _apply_or_bisect(self, place: Place, subscription: Subscription, items: Sequence[Item]) -> None:
        try:
            await self._apply(place, subscription, items)
        except CursorMovedError:
            raise
        except Exception as error:
            # What takes too long in one transaction may be done in two.
            too_much = isinstance(error, TookTooLong) and len(items) > 1
            if not too_much and (is_transient(error) or not _is_ours(error)):
                raise
            if len(items) > 1:
                middle = len(items) // 2
                await self._apply_or_bisect(place, subscription, items[:middle])
                await self._apply_or_bisect(place, subscription, items[middle:])
                return
            log.exception("message.failed", record=items[0].record.id)
            await self._apply(place, subscription, items, failure=type(error).__name__)

    async def _apply(
        self,
        place: Place,
        subscription: Subscription,
        items: Sequence[Item],
        failure: str = "",
    ) -> None:
        end = items[-1].record.offset + 1

        async def work(tx: Transaction) -> None:
            # One after the other: what a failed one leaves under way has nothing to write.
            blocked = await self._blocked_keys(items[0].record)
            await self._move_cursor(tx, place, end)
            accepted: list[Incoming[Any]] = []
            parked: list[parking.Case] = []
            for item in items:
                if item.refusal:
                    parked.append(parking.Case(item.record, "refused", item.refusal))
                elif failure or (blocked and item.record.key in blocked):
                    reason = f"failed with {failure}" if failure else "waits behind an earlier one of its key"
                    parked.append(parking.Case(item.record, "failed", reason))
                elif item.incoming:
                    accepted.append(item.incoming)
            await parking.park(tx, parked)
            if accepted:
                await subscription.handle(tx, accepted)
            failpoints.passing("consumer.handled")

        await self._mongo.transact(work)
        place.next = end

    async def _move_cursor(self, tx: Transaction, place: Place, end: int) -> None:
        before = await tx.db.cursors.find_one_and_update(
            {"_id": place.cursor_id},
            {"$set": place.cursor(end)},
            upsert=True,
            return_document=ReturnDocument.BEFORE,
            session=tx.session,
        )
        if (before["next"] if before else None) != place.next:
            raise CursorMovedError

    async def _blocked_keys(self, first: Record) -> set[bytes]:
        """Keys with a failed record: what follows must wait behind it.

        Raises:
            HaltedError: so much fails that parking would only hide it.

        """
        query = {"topic": first.topic, "partition": first.partition, "kind": "failed"}
        failed = await self._mongo.db.parked.find(query, {"key": 1}).to_list(None)
        keys = {document["key"] for document in failed}
        if len(failed) > _QUEUE_PER_KEY or len(keys) > max(5, first.offset // 100):
            raise HaltedError
        return keys


def _as_cursor(found: Document) -> Cursor:
    return Cursor(found["next"], found.get("topic_id", ""), found.get("epoch", -1), found.get("sure", 0))


def _is_ours(error: Exception) -> bool:
    """Whether the record makes us fail, rather than the database."""
    return not isinstance(error, PyMongoError) or isinstance(
        error, BulkWriteError | WriteError | DocumentTooLarge
    )
