"""The batched consumer: every record's effect happens once, in order of its key, whatever crashes.

The cursor in MongoDB moves in the same transaction as the work. It is deduplication and fence at once:
who has lost a partition meets a conflict on the cursor. Kafka's own offsets are kept for lag figures only.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, PyMongoError, WriteError

from shared import failpoints, kafka, memory, metrics, outbox, parking, succession
from shared.contracts.topics import STAFF_PREFIX, Topic, staff_topic
from shared.health import Health, Progress
from shared.incoming import Incoming, Item, decode
from shared.mongo import Indexes, Mongo, Transaction, is_transient
from shared.parking import Record
from shared.settings import ServiceSettings
from shared.states import Copy
from shared.turns import fairly

log = structlog.get_logger()

INDEXES: Indexes = {"cursors": [], **parking.INDEXES}
_BATCH = 500
_QUEUE_PER_KEY = 1_000
_MOST_UNTOLD = 2_000
_LOOK_AGAIN = 0.05


Handler = Callable[[Transaction, Sequence[Incoming[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic and who handles it; the topic None stands for every agency's staff topic."""

    topic: Topic | None
    handle: Handler
    copy: Copy[Any] | None = None
    """What is kept of a state topic, for `agencynet rebuild`; `handle` applies it."""

    @classmethod
    def keeping(cls, copy: Copy[Any], handle: Handler) -> "Subscription":
        return cls(copy.topic, handle, copy)

    @property
    def pattern(self) -> str:
        return re.escape(self.topic.name) if self.topic else re.escape(STAFF_PREFIX) + "[a-z0-9-]+"


class _CursorMovedError(Exception):
    """Somebody else moved the cursor: another owner of the partition, or a rebuild."""


class _HaltedError(Exception):
    """Too much fails here for parking to be right."""


@dataclass
class _Place:
    """How far one follower has come. Each has its own, so that of two on one partition one would notice."""

    partition: TopicPartition
    next: int | None = None


class Consumer(ConsumerRebalanceListener):
    def __init__(
        self,
        settings: ServiceSettings,
        mongo: Mongo,
        service: str,
        subscriptions: Iterable[Subscription],
        health: Health,
        most_untold: int | None = _MOST_UNTOLD,
    ) -> None:
        """Whoever sends much waits while `most_untold` announcements wait for Kafka (None: never): behind
        more of them everybody else's would come late.
        """
        self._settings = settings
        self._mongo = mongo
        self._service = service
        self._subscriptions = tuple(subscriptions)
        self._health = health
        self._most_untold = most_untold
        self._outbox = outbox.Depth(mongo.db)
        self._kafka = kafka.consumer(settings, service)
        self._cluster = ""
        self._followers: dict[TopicPartition, asyncio.Task[None]] = {}
        self._places: dict[TopicPartition, _Place] = {}
        # Never two at once, or two would follow one partition.
        self._changing = asyncio.Lock()
        self._to_commit: dict[TopicPartition, int] = {}
        self._lag = metrics.Lag(service, settings.namespace)
        self._failed = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        progress = self._health.watch("consumer")
        progress.stuck("not connected to Kafka")
        try:
            self._cluster = await self._find_kafka(progress)
            await succession.leave_group(self._settings, self._mongo, self._service)
            await self._kafka.start()
            topics = "|".join(subscription.pattern for subscription in self._subscriptions)
            pattern = f"^{re.escape(self._settings.namespace)}({topics})$"
            self._kafka.subscribe(pattern=pattern, listener=self)
            while not self._failed.done():
                await asyncio.wait([self._failed], timeout=1.0)
                kafka.check(self._kafka)
                await self._commit_for_lag(progress)
                await self._follow_cursors_set_back(progress)
            await self._failed
        finally:
            self._failed.cancel()
            await self._stop_followers(list(self._followers))
            await self._kafka.stop()

    async def _find_kafka(self, progress: Progress) -> str:
        """It may be away when a service starts, which is no reason to die: the service is not ready."""
        while True:
            try:
                return await cluster_id(self._settings)
            except (KafkaError, TimeoutError) as error:
                progress.stuck(f"{type(error).__name__} from Kafka")
                log.warning("kafka.not_found", error=type(error).__name__)
                await asyncio.sleep(0.5)

    # --- partitions come and go -------------------------------------------------------------------------

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        async with self._changing:
            await self._stop_followers(revoked)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        member = kafka.member_id(self._kafka)
        await succession.remember_member(self._settings, self._mongo, self._service, member)
        # Not only once a second from now on: a service that has joined its group is as ready as it gets.
        self._health.watch("consumer").moved()
        async with self._changing:
            await self._follow_anew(assigned)

    async def _follow_anew(self, partitions: Iterable[TopicPartition]) -> None:
        """Call while `_changing` is held."""
        partitions = list(partitions)
        await self._stop_followers(partitions)
        # A rebalance that ends while this consumer stops would leave followers that nobody stops.
        for partition in () if self._failed.done() else partitions:
            place = self._places[partition] = _Place(partition)
            task = asyncio.create_task(self._follow(place), name=f"{partition.topic}/{partition.partition}")
            task.add_done_callback(self._follower_ended)
            self._followers[partition] = task

    async def _stop_followers(self, partitions: Iterable[TopicPartition]) -> None:
        tasks = [self._followers.pop(partition) for partition in partitions if partition in self._followers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _follower_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not self._failed.done():
            self._failed.set_exception(task.exception() or RuntimeError(f"{task.get_name()} ended"))

    async def _commit_for_lag(self, progress: Progress) -> None:
        offsets, self._to_commit = self._to_commit, {}
        try:
            # Asking for the ends also tells whether Kafka is there: a consumer without a broker looks idle.
            partitions = list(self._followers)
            if partitions:
                async with asyncio.timeout(5):
                    self._lag.measure(await self._kafka.end_offsets(partitions))
            if offsets:
                failpoints.passing("consumer.offsets_due")
                async with asyncio.timeout(5):
                    await self._kafka.commit(offsets)
                failpoints.passing("consumer.offsets_committed")
        except (CommitFailedError, IllegalStateError):
            pass  # a rebalance came between; the cursor in MongoDB is what counts
        except (KafkaError, TimeoutError) as error:
            progress.stuck(f"{type(error).__name__} from Kafka")
            return
        progress.moved()

    async def _follow_cursors_set_back(self, progress: Progress) -> None:
        """A rebuild sets cursors back; on a quiet topic no next batch would ever notice."""
        names = {self._cursor_id(partition): partition for partition in self._followers}
        # As it is before asking: while the answer is under way, a follower may come further.
        before = {partition: self._places[partition].next or 0 for partition in self._followers}
        try:
            found = await self._mongo.db.cursors.find({"_id": {"$in": list(names)}}).to_list(None)
        except PyMongoError as error:
            progress.stuck(type(error).__name__)
            return
        known = [(names[cursor["_id"]], cursor["next"]) for cursor in found]
        back = {partition for partition, at in known if at < before[partition]}
        if back:
            async with self._changing:
                await self._follow_anew(back & self._followers.keys())

    # --- one partition ----------------------------------------------------------------------------------

    async def _follow(self, place: _Place) -> None:
        partition = place.partition
        topic = partition.topic.removeprefix(self._settings.namespace)
        subscription = next(s for s in self._subscriptions if re.fullmatch(s.pattern, topic))
        name = f"{topic}/{partition.partition}"
        progress = self._health.watch(name)
        attempt = 0
        try:
            while True:
                try:
                    await self._seek(place)
                    while True:
                        fetched = await self._kafka.getmany(partition, timeout_ms=1_000, max_records=_BATCH)
                        if records := fetched.get(partition):
                            if len(records) == _BATCH:
                                await self._let_be_told(progress)
                            await self._take(place, subscription, topic, records)
                        self._lag.reached(partition, await self._kafka.position(partition))
                        progress.moved()
                        attempt = 0
                except _CursorMovedError:
                    log.info("cursor.moved", partition=name)
                except _HaltedError:
                    progress.stuck("more than 1 % of the keys fail here")
                    await asyncio.sleep(30)
                except (PyMongoError, KafkaError, TimeoutError) as error:
                    attempt += 1
                    progress.stuck(type(error).__name__)
                    log.warning(
                        "batch.postponed", partition=name, error=type(error).__name__, attempt=attempt
                    )
                    await asyncio.sleep(random.uniform(0.05, min(5.0, 0.1 * 2**attempt)))
        finally:
            self._lag.forget(partition)
            self._health.forget(name)

    async def _let_be_told(self, progress: Progress) -> None:
        most = self._most_untold
        while most is not None and await self._outbox.waiting(most, newer_than=_LOOK_AGAIN) >= most:
            progress.moved()
            await asyncio.sleep(_LOOK_AGAIN)

    def _cursor_id(self, partition: TopicPartition) -> str:
        return cursor_id(self._cluster, self._service, partition)

    async def _seek(self, place: _Place) -> None:
        partition = place.partition
        cursor = await self._mongo.db.cursors.find_one({"_id": self._cursor_id(partition)})
        place.next = cursor["next"] if cursor else None
        first = (await self._kafka.beginning_offsets([partition]))[partition]
        end = (await self._kafka.end_offsets([partition]))[partition]
        start = cursor["next"] if cursor else first
        if not first <= start <= end:
            # The topic was made anew or forgot what we had not read; versions make reading it all harmless.
            log.error(
                "cursor.out_of_range", partition=self._cursor_id(partition), next=start, first=first, end=end
            )
            start = first
        # While topics come and go aiokafka has nothing assigned at all, and fails on that with an assertion.
        if partition not in self._kafka.assignment():
            raise IllegalStateError(f"{partition} is not ours just now")
        self._kafka.seek(partition, start)
        self._lag.reached(partition, start)

    async def _take(
        self, place: _Place, subscription: Subscription, topic: str, records: Sequence[Any]
    ) -> None:
        contract = subscription.topic or staff_topic(topic.removeprefix(STAFF_PREFIX))
        with memory.batch():
            items = [
                decode(contract, Record(topic, place.partition.partition, r.offset, r.key, r.value))
                async for r in fairly(records)
            ]
            failpoints.passing("consumer.decoded")
            await self._apply_or_bisect(place, subscription, items)
        self._to_commit[place.partition] = records[-1].offset + 1

    async def _apply_or_bisect(
        self, place: _Place, subscription: Subscription, items: Sequence[Item]
    ) -> None:
        try:
            await self._apply(place, subscription, items)
        except _CursorMovedError:
            raise
        except Exception as error:
            if is_transient(error) or not _is_ours(error):
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
        place: _Place,
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

    async def _move_cursor(self, tx: Transaction, place: _Place, end: int) -> None:
        before = await tx.db.cursors.find_one_and_update(
            {"_id": self._cursor_id(place.partition)},
            {"$set": {"next": end}},
            upsert=True,
            return_document=ReturnDocument.BEFORE,
            session=tx.session,
        )
        if (before["next"] if before else None) != place.next:
            raise _CursorMovedError

    async def _blocked_keys(self, first: Record) -> set[bytes]:
        """Keys with a failed record: what follows must wait behind it.

        Raises:
            _HaltedError: so much fails that parking would only hide it.

        """
        query = {"topic": first.topic, "partition": first.partition, "kind": "failed"}
        failed = await self._mongo.db.parked.find(query, {"key": 1}).to_list(None)
        keys = {document["key"] for document in failed}
        if len(failed) > _QUEUE_PER_KEY or len(keys) > max(5, first.offset // 100):
            raise _HaltedError
        return keys


def _is_ours(error: Exception) -> bool:
    """Whether the record makes us fail, rather than the database."""
    return not isinstance(error, PyMongoError) or isinstance(
        error, BulkWriteError | WriteError | DocumentTooLarge
    )


async def cluster_id(settings: ServiceSettings) -> str:
    async with kafka.admin(settings) as client:
        return await kafka.cluster_of(client)


def cursor_id(cluster: str, service: str, partition: TopicPartition) -> str:
    """Under what a service keeps how far it has come."""
    return f"{cluster}/{service}/{partition.topic}/{partition.partition}"


async def redrive(mongo: Mongo, subscription: Subscription, topic: str, partition: int, key: bytes) -> int:
    """Handle a parked key's records again, in their order, all in one transaction; returns how many."""
    contract = subscription.topic or staff_topic(topic.removeprefix(STAFF_PREFIX))

    async def work(tx: Transaction) -> int:
        found = tx.db.parked.find(
            {"topic": topic, "partition": partition, "kind": "failed", "key": key}, session=tx.session
        ).sort("offset", 1)
        documents = await found.to_list(_QUEUE_PER_KEY)
        items = [
            decode(contract, Record(topic, partition, d["offset"], d["key"], d["value"])) for d in documents
        ]
        await subscription.handle(tx, [item.incoming for item in items if item.incoming])
        await tx.db.parked.delete_many({"_id": {"$in": [d["_id"] for d in documents]}}, session=tx.session)
        return len(documents)

    return await mongo.transact(work)
