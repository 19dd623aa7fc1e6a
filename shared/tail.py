"""One topic from where it ends now, for what a process keeps in memory: no group, no cursor."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from shared import kafka
from shared.contracts.topics import Topic
from shared.settings import ServiceSettings

# What a caller may retry.
TailError = (KafkaError, TimeoutError)
_MOST = 500


class Tail:
    """Tells which keys of a topic are written from `start` on. Every process follows by itself, so none is
    missed and none is shared out. Partitions that are added later are not seen.
    """

    def __init__(self, settings: ServiceSettings, topic: Topic) -> None:
        self._settings = settings
        self._topic = settings.namespace + topic.name
        self._consumer = AIOKafkaConsumer(
            **kafka.connection(settings),
            group_id=None,
            client_id=f"tail-{topic.name}",
            enable_auto_commit=False,
            isolation_level="read_committed",
            # Where what comes next has been forgotten: all of it again is safe, the end is not.
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=kafka.MAX_BYTES,
            fetch_max_wait_ms=100,
        )
        self._partitions: list[TopicPartition] = []

    async def start(self) -> None:
        """Everything committed after this returns is told.

        Raises:
            KafkaError: Kafka can't be reached, or has no such topic.

        """
        self._partitions = await self._find_partitions()
        async with asyncio.timeout(kafka.SEND_TIMEOUT):
            await self._consumer.start()
            self._consumer.assign(self._partitions)
            ends = await self._consumer.end_offsets(self._partitions)
        for partition, end in ends.items():
            self._consumer.seek(partition, end)

    async def keys(self, patience: float) -> set[str]:
        """Up to 500 that were written, or none after `patience` seconds."""
        fetched = await self._consumer.getmany(timeout_ms=round(patience * 1000), max_records=_MOST)
        return {record.key.decode() for records in fetched.values() for record in records if record.key}

    async def check(self) -> None:
        """
        Raises:
            KafkaError: Kafka can't be reached; `keys` would only look idle.

        """
        async with asyncio.timeout(5):
            await self._consumer.end_offsets(self._partitions)

    async def stop(self) -> None:
        await self._consumer.stop()

    async def _find_partitions(self) -> list[TopicPartition]:
        async with kafka.admin(self._settings) as client, asyncio.timeout(kafka.SEND_TIMEOUT):
            described = await client.describe_topics([self._topic])
        numbers = [each["partition"] for topic in described for each in topic["partitions"]]
        if not numbers:
            raise UnknownTopicOrPartitionError(self._topic)
        return [TopicPartition(self._topic, number) for number in sorted(numbers)]
