"""One topic from where it ends now, for what a process keeps in memory: no group, no cursor."""

import asyncio

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

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
        self._consumer = kafka.lone_consumer(settings, f"tail-{topic.name}")
        self._partitions: list[TopicPartition] = []

    async def start(self) -> None:
        """Everything committed after this returns is told.

        Raises:
            KafkaError: Kafka can't be reached, or has no such topic.

        """
        async with kafka.admin(self._settings) as client, asyncio.timeout(kafka.SEND_TIMEOUT):
            self._partitions = await kafka.partitions_of(client, self._topic)
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
