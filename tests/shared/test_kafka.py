"""Where aiokafka gives up, and a service must not."""

import asyncio
from time import monotonic
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings


def _knows_no_broker_at_first(client: AIOKafkaClient) -> None:
    """As a broker answers that has just come back."""
    learn, until = client.cluster.update_metadata, monotonic() + 1

    def learn_nothing_first(metadata: Any) -> None:
        if monotonic() < until:
            metadata.brokers = []
        learn(metadata)

    client.cluster.update_metadata = learn_nothing_first


async def test_a_producer_starts_once_kafka_knows_its_brokers(settings: ServiceSettings) -> None:
    producer = kafka.transactional_producer(settings, "starts-late")
    _knows_no_broker_at_first(producer.client)
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(settings.namespace + DIRECTORY_PEOPLE.name, b"", b"key")
    finally:
        await producer.stop()


async def test_a_consumer_whose_membership_has_ended_says_so(settings: ServiceSettings) -> None:
    consumer = kafka.consumer(settings, "ends")
    await consumer.start()
    try:
        consumer.subscribe(pattern=f"^{settings.namespace}.*$")
        kafka.check(consumer)
        consumer._client.coordinator_lookup = _fails  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(KafkaError):
            await _check_for_long(consumer)
    finally:
        await consumer.stop()


async def _fails(coordinator_type: int, coordinator_key: str) -> int:
    raise AssertionError(coordinator_type, coordinator_key)


async def _check_for_long(consumer: AIOKafkaConsumer) -> None:
    for _ in range(200):
        kafka.check(consumer)
        await asyncio.sleep(0.05)


class _Way:
    """The way to Kafka, on which everything is lost once it is told so."""

    def __init__(self, kafka_at: str) -> None:
        self._host, self._port = kafka_at.rsplit(":", 1)
        self.lost = False
        self.connections = 0

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _pass(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.connections += 1
        far, there = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(self._pump(near, there), self._pump(far, back))

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if not self.lost:
                target.write(data)
        target.close()


async def test_a_producer_that_can_not_send_is_ended_at_once_and_leaves_nothing_behind(
    settings: ServiceSettings,
) -> None:
    way = _Way(settings.kafka)
    async with way as port:
        producer = kafka.transactional_producer(settings, "can-not-send")
        learn = producer.client.cluster.update_metadata

        def learn_the_way(metadata: Any) -> None:
            metadata.brokers = [(broker[0], "127.0.0.1", port, *broker[3:]) for broker in metadata.brokers]
            learn(metadata)

        producer.client.cluster.update_metadata = learn_the_way
        before = asyncio.all_tasks()
        await producer.start()
        topic = settings.namespace + DIRECTORY_PEOPLE.name
        async with producer.transaction():
            await producer.send_and_wait(topic, b"", b"key")
        await producer.begin_transaction()
        way.lost = True
        sent = await producer.send(topic, b"", b"key")
        await asyncio.sleep(0.2)
        began = monotonic()
        await kafka.abandon(producer)
        took, connections = monotonic() - began, way.connections
        assert took < 1
        assert not sent.done()
        await asyncio.sleep(0.5)
        assert way.connections == connections
        ours = {task for task in asyncio.all_tasks() - before if "_pass" not in repr(task)}
        assert not ours
