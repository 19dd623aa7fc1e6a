"""One partition followed: where to read, what to do about bytes that can't be read, and when to try again."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from pymongo.errors import PyMongoError

from shared.consuming import cursor, interruptions
from shared.consuming.batches import Batches, HaltedError
from shared.consuming.cursor import CursorMovedError, Place
from shared.consuming.resuming import Lost, resume
from shared.consuming.subscriptions import Subscription
from shared.kafka import clients as kafka
from shared.kafka.partitions import moment_of
from shared.mongo import Mongo, Transaction
from shared.observing import metrics
from shared.observing.health import Health, Progress
from shared.publishing import outbox
from shared.settings import ServiceSettings

log = structlog.get_logger()

_BATCH = 500
_MOVES = 5
_LOOK_AGAIN = 0.05
# Bytes may be garbled on their way once, hardly thrice.
_TRIES = 3
_BETWEEN_TRIES = 0.3
_HELD_UP = 5.0
_IDLE = 5.0


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
    max_unpublished: int | None
    to_commit: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])


class Follower:
    def __init__(self, shared: Shared, subscription: Subscription, place: Place) -> None:
        self._mongo = shared.mongo
        self._kafka = shared.kafka
        self._partitions = kafka.partitions(shared.kafka)
        self._shared = shared
        self._partition = place.partition
        self._topic = place.partition.topic.removeprefix(shared.settings.namespace)
        self._place = place
        self._batches = Batches(shared.mongo, subscription, place, self._topic)
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
                                await self._await_relay(progress)
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

    async def _await_relay(self, progress: Progress) -> None:
        """Behind more announcements than that, everybody else's would come late."""
        most = self._shared.max_unpublished
        while most is not None and await self._shared.outbox.waiting(most, newer_than=_LOOK_AGAIN) >= most:
            progress.moved()
            await asyncio.sleep(_LOOK_AGAIN)

    # --- where to read ------------------------------------------------------------------------------------

    async def _seek(self) -> None:
        partition, place = self._partition, self._place
        kept = await cursor.read(self._mongo.db, place)
        place.next = kept.next if kept else None
        now = await self._partitions.log(partition)
        first = await self._partitions.first(partition)
        before = place.log, place.sure
        if kept and place.log and (kept.topic_id, kept.epoch) == (place.log.topic_id, place.log.epoch):
            kept = kept._replace(sure=max(kept.sure, place.sure))
        known = kept is not None and kept.topic_id == now.topic_id and kept.epoch >= 0
        epoch_end = await self._partitions.end_of(partition, kept.epoch) if kept and known else -1
        found = resume(kept, now, first, epoch_end)
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
            await cursor.move(tx, place, start)
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
            await cursor.move_alone(self._mongo.db, place, position)

    def _close(self, at: int) -> Callable[[Transaction], Awaitable[None]]:
        return lambda tx: interruptions.close(tx, self._topic, self._partition.partition, at)

    async def _take(self, records: Sequence[Any]) -> None:
        await self._batches.take(records)
        self._shared.to_commit[self._partition] = records[-1].offset + 1

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
