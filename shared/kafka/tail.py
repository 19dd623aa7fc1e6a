"""One topic from where it ends now, for what a process keeps in memory: no group, no cursor."""

import asyncio

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.topics import Topic
from shared.kafka import clients as kafka
from shared.kafka.partitions import Log
from shared.settings import ServiceSettings

# What a caller may retry.
TailError = (KafkaError, TimeoutError)
_MOST = 500


class Missed(Exception):  # noqa: N818 - errors name the situation
    """Something was written that can't be told, or Kafka has lost some: load again, and follow with a new
    tail.
    """


class Tail:
    """Tells which keys of a topic are written from `start` on. Every process follows on its own, so none is
    missed and none is shared out. Partitions that are added later are not seen.
    """

    def __init__(self, settings: ServiceSettings, topic: Topic) -> None:
        self._settings = settings
        self._topic = settings.namespace + topic.name
        self._consumer = kafka.lone_consumer(settings, f"tail-{topic.name}")
        self._partitions: list[TopicPartition] = []
        self._logs: dict[TopicPartition, Log] = {}

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
            # Before the ends: what is lost after this look is seen by the next.
            self._logs = await kafka.partitions(self._consumer).logs(self._partitions)
            ends = await self._consumer.end_offsets(self._partitions)
        for partition, end in ends.items():
            self._consumer.seek(partition, end)

    async def keys(self, patience: float) -> set[str]:
        """Up to 500 that were written, or none after `patience` seconds.

        Raises:
            Missed: what comes next can't be unpacked.

        """
        try:
            fetched = await kafka.fetch(self._consumer, seconds=patience, most=_MOST)
        except kafka.Unreadable as error:
            raise Missed(error.why) from error
        return {record.key.decode() for records in fetched.values() for record in records if record.key}

    async def check(self) -> None:
        """
        Raises:
            KafkaError: Kafka can't be reached; `keys` would only look idle.
            Missed: a partition has another leader or is another one, and may have lost what was not told.

        """
        async with asyncio.timeout(5):
            found = await kafka.partitions(self._consumer).logs(self._partitions)
        if any(not log.is_led_as(self._logs[partition]) for partition, log in found.items()):
            raise Missed("another leader")

    async def stop(self) -> None:
        await self._consumer.stop()
