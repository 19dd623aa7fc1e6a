"""How much of a topic a service has not handled yet, and since when that waits: asked of Kafka by whoever
wants to know, whichever process follows the topic.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.consuming.cursor import cursor_id
from shared.contracts.topics import Topic
from shared.kafka import clients as kafka
from shared.kafka.partitions import moment_of
from shared.mongo import Database
from shared.settings import ServiceSettings

log = structlog.get_logger()
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """`oldest_at` is None where nothing waits."""

    records: int
    oldest_at: datetime | None


async def backlog(settings: ServiceSettings, db: Database, service: str, topic: Topic) -> Backlog | None:
    """None where Kafka does not answer within three seconds, or has no such topic."""
    consumer = kafka.lone_consumer(settings, f"backlog-{topic.name}")
    try:
        async with asyncio.timeout(_PATIENCE):
            async with kafka.admin(settings) as client:
                cluster = await kafka.cluster_of(client)
                partitions = await kafka.partitions_of(client, settings.namespace + topic.name)
            await consumer.start()
            consumer.assign(partitions)
            ids = {cursor_id(cluster, service, partition): partition for partition in partitions}
            found = await db.cursors.find({"_id": {"$in": list(ids)}}).to_list(None)
            handled = {ids[cursor["_id"]]: cursor["next"] for cursor in found}
            return await _waiting(consumer, partitions, handled)
    except (KafkaError, TimeoutError) as error:
        log.warning("backlog.unknown", topic=topic.name, error=type(error).__name__)
        return None
    finally:
        await consumer.stop()


async def _waiting(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], handled: Mapping[TopicPartition, int]
) -> Backlog:
    firsts = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    behind = {each: max(handled.get(each, 0), firsts[each]) for each in partitions}
    behind = {each: at for each, at in behind.items() if at < ends[each]}
    if not behind:
        return Backlog(0, None)
    # The others would be fetched from, too.
    consumer.assign(list(behind))
    for partition, at in behind.items():
        consumer.seek(partition, at)
    found = await asyncio.gather(*(_first(consumer, each, ends[each]) for each in behind))
    oldest = {each: first for each, first in zip(behind, found, strict=True) if first}
    times = [moment for _, milliseconds in oldest.values() if (moment := moment_of(milliseconds))]
    return Backlog(sum(ends[each] - offset for each, (offset, _) in oldest.items()), min(times, default=None))


async def _first(consumer: AIOKafkaConsumer, partition: TopicPartition, end: int) -> tuple[int, int] | None:
    """Offset and time in ms of what waits first; None where all that is left is what Kafka writes to end a
    transaction.
    """
    while (position := await consumer.position(partition)) < end:
        try:
            fetched = await kafka.fetch(consumer, partition, seconds=0.1, most=1)
        except kafka.Unreadable:
            _, written = await kafka.partitions(consumer).batch_at(partition, position)
            return position, written
        for records in fetched.values():
            return records[0].offset, records[0].timestamp
    return None
