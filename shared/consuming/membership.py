"""A service's membership in its consumer group: partitions come and go, and each is followed
(follower.py). Kafka's own offsets are kept for lag figures only.
"""

import asyncio
import re
from collections.abc import Iterable

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from pymongo.errors import PyMongoError

from shared import failpoints
from shared.consuming import cursor, interruptions, parking
from shared.consuming.cursor import Place, cluster_id, cursor_id
from shared.consuming.follower import Follower, Shared
from shared.consuming.subscriptions import Subscription
from shared.kafka import clients as kafka
from shared.mongo import Indexes, Mongo
from shared.observing import metrics
from shared.observing.health import Health, Progress
from shared.publishing import outbox
from shared.running import succession
from shared.settings import ServiceSettings

log = structlog.get_logger()

INDEXES: Indexes = {**cursor.INDEXES, **parking.INDEXES, **interruptions.INDEXES}
_MAX_UNPUBLISHED = 2_000


class Membership(ConsumerRebalanceListener):
    def __init__(
        self,
        settings: ServiceSettings,
        mongo: Mongo,
        service: str,
        subscriptions: Iterable[Subscription],
        health: Health,
        max_unpublished: int | None = _MAX_UNPUBLISHED,
    ) -> None:
        """Batches that are full wait while `max_unpublished` announcements wait for Kafka (None: never)."""
        self._settings = settings
        self._mongo = mongo
        self._service = service
        self._subscriptions = tuple(subscriptions)
        self._health = health
        self._kafka = kafka.consumer(settings, service)
        self._lag = metrics.Lag(service, settings.namespace)
        depth = outbox.Depth(mongo.db)
        self._shared = Shared(
            settings, mongo, service, health, self._kafka, self._lag, depth, max_unpublished
        )
        self._cluster = ""
        self._followers: dict[TopicPartition, asyncio.Task[None]] = {}
        self._places: dict[TopicPartition, Place] = {}
        # Never two at once, or two would follow one partition.
        self._changing = asyncio.Lock()
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
            await self._follow_again(assigned)

    async def _follow_again(self, partitions: Iterable[TopicPartition]) -> None:
        """Call while `_changing` is held."""
        partitions = list(partitions)
        await self._stop_followers(partitions)
        # A rebalance that ends while this consumer stops would leave followers that nobody stops.
        for partition in () if self._failed.done() else partitions:
            before = self._places.get(partition)
            place = self._places[partition] = Place(partition, self._cursor_id(partition))
            if before:
                # What this process knows of it, the cursor may not say yet.
                place.log, place.sure = before.log, before.sure
            follower = Follower(self._shared, self._subscription(partition), place)
            task = asyncio.create_task(follower.run(), name=f"{partition.topic}/{partition.partition}")
            task.add_done_callback(self._follower_ended)
            self._followers[partition] = task

    def _subscription(self, partition: TopicPartition) -> Subscription:
        topic = partition.topic.removeprefix(self._settings.namespace)
        return next(s for s in self._subscriptions if re.fullmatch(s.pattern, topic))

    def _cursor_id(self, partition: TopicPartition) -> str:
        return cursor_id(self._cluster, self._service, partition)

    async def _stop_followers(self, partitions: Iterable[TopicPartition]) -> None:
        tasks = [self._followers.pop(partition) for partition in partitions if partition in self._followers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _follower_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not self._failed.done():
            self._failed.set_exception(task.exception() or RuntimeError(f"{task.get_name()} ended"))

    async def _commit_for_lag(self, progress: Progress) -> None:
        offsets, self._shared.to_commit = self._shared.to_commit, {}
        try:
            # Asking for the ends also tells whether Kafka is there: a consumer without a broker looks idle.
            partitions = list(self._followers)
            if partitions:
                async with asyncio.timeout(5):
                    await self._look_at_logs(partitions)
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

    async def _look_at_logs(self, partitions: list[TopicPartition]) -> None:
        """How far they go, and whether each is still the one that its follower began to read: the topic may
        have been made again, and under a new leader the log may have gone back.
        """
        before = {each: self._places[each].next or 0 for each in partitions}
        logs = await kafka.partitions(self._kafka).logs(partitions)
        self._lag.measure({partition: found.end for partition, found in logs.items()})
        changed: set[TopicPartition] = set()
        for partition, found in logs.items():
            place = self._places[partition]
            if place.log is None:
                continue
            if found.is_led_as(place.log):
                place.sure = max(place.sure, before[partition])
            else:
                changed.add(partition)
        if changed:
            async with self._changing:
                await self._follow_again(changed & self._followers.keys())

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
        known = [(names[row["_id"]], row["next"]) for row in found]
        back = {partition for partition, at in known if at < before[partition]}
        if back:
            async with self._changing:
                await self._follow_again(back & self._followers.keys())
