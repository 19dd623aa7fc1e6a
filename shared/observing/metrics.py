"""What a service measures of its own work. It is sampled in the background by bounded queries on indexes, so
that neither a scrape nor a message ever counts what grows. Labels name topics and states, never people.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from aiokafka import TopicPartition
from prometheus_client import Counter, Gauge
from pymongo.errors import PyMongoError

from shared.mongo import Database, Mongo
from shared.observing.health import Health

log = structlog.get_logger()
Measure = Callable[[Database], Awaitable[None]]
# What is more than this is shown as this: nobody needs to know by how much it is too much.
MOST = 10_000
_PATIENCE_MS = 2_000

_lag = Gauge(
    "agencynet_consumer_lag_records",
    "Records of a partition that are not handled yet, by the cursor in MongoDB; from the one who has it",
    ["service", "topic", "partition"],
)
_ready = Gauge("agencynet_ready", "1 where every part gets on with its work, as /readyz says it", ["service"])
_stuck = Gauge("agencynet_stuck_parts", "Parts that get nowhere just now", ["service"])
_outbox = Gauge(
    "agencynet_outbox_rows", f"Announcements not yet on Kafka, up to {MOST}, of all replicas", ["service"]
)
_oldest = Gauge(
    "agencynet_outbox_oldest_seconds", "How long the oldest of them has waited, of all replicas", ["service"]
)
_parked_keys = Gauge(
    "agencynet_parked_keys",
    f"Keys with records that failed and wait for redrive, out of up to {MOST} records, of all replicas",
    ["service", "topic"],
)
parked = Counter(
    "agencynet_parked_records_total",
    "Records parked: refused (the sender's to mend) or failed (ours)",
    ["service", "topic", "kind"],
)
interruptions = Counter(
    "agencynet_interruptions_total",
    "Times that a partition was not as it was left: unreadable, gap, went_back, remade",
    ["service", "topic", "kind"],
)
unreadable = Gauge(
    "agencynet_unreadable_partitions",
    "1 where a partition waits at bytes that can't be unpacked; from the one who has it",
    ["service", "topic", "partition"],
)


class Lag:
    """How far one process's partitions are behind."""

    def __init__(self, service: str, namespace: str) -> None:
        self._service = service
        self._namespace = namespace
        self._reached: dict[TopicPartition, int] = {}

    def reached(self, partition: TopicPartition, position: int) -> None:
        """Everything before `position` is handled and committed. The cursor alone stands behind the last
        record, and what Kafka writes after that to end a transaction would always look like work.
        """
        self._reached[partition] = position

    def measure(self, ends: Mapping[TopicPartition, int]) -> None:
        for partition, end in ends.items():
            if partition in self._reached:
                behind = max(0, end - self._reached[partition])
                _lag.labels(*self._labels(partition)).set(behind)

    def waits(self, partition: TopicPartition, *, unreadable_bytes: bool) -> None:
        """Whether it waits at bytes that can't be unpacked."""
        if unreadable_bytes:
            unreadable.labels(*self._labels(partition)).set(1)
        else:
            with suppress(KeyError):
                unreadable.remove(*self._labels(partition))

    def forget(self, partition: TopicPartition) -> None:
        """Another process has it now, and tells."""
        self.waits(partition, unreadable_bytes=False)
        if self._reached.pop(partition, None) is not None:
            _lag.remove(*self._labels(partition))

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._service, partition.topic.removeprefix(self._namespace), str(partition.partition)


async def sample(
    mongo: Mongo, service: str, health: Health, every: float, measures: Sequence[Measure]
) -> None:
    """Measure what is in the database until cancelled."""
    while True:
        stuck = health.problems()
        _ready.labels(service).set(not stuck)
        _stuck.labels(service).set(len(stuck))
        try:
            await _sample_outbox(mongo.db, service)
            await _sample_parked(mongo.db, service)
            for measure in measures:
                await measure(mongo.db)
        except PyMongoError as error:
            # Old figures stand; that the database is away shows elsewhere.
            log.warning("metrics.postponed", error=type(error).__name__)
        await asyncio.sleep(every)


async def _sample_outbox(db: Database, service: str) -> None:
    rows = await db.outbox.count_documents(
        {"shard": {"$gte": 0}}, limit=MOST, hint="shard_1_key_1_version_1", maxTimeMS=_PATIENCE_MS
    )
    oldest = await db.outbox.find_one({}, {"_id": 1}, hint=[("_id", 1)], sort=[("_id", 1)])
    waited = (datetime.now(UTC) - oldest["_id"].generation_time).total_seconds() if oldest else 0.0
    _outbox.labels(service).set(rows)
    _oldest.labels(service).set(max(0.0, waited))


async def _sample_parked(db: Database, service: str) -> None:
    stages = [
        {"$match": {"kind": "failed", "topic": {"$gt": ""}}},
        {"$limit": MOST},
        {"$group": {"_id": {"topic": "$topic", "key": "$key"}}},
        {"$group": {"_id": "$_id.topic", "keys": {"$sum": 1}}},
    ]
    found = db.parked.aggregate(stages, hint="failed", maxTimeMS=_PATIENCE_MS)
    keys = {group["_id"]: group["keys"] async for group in found}
    _parked_keys.remove_by_labels({"service": service})
    for topic, number in keys.items():
        _parked_keys.labels(service, topic).set(number)
