"""Kafka clients as every service wants them, and the topics."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import stamina
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.structs import ConsumerRecord, TopicPartition

from shared.contracts.topics import Topic
from shared.kafka import unpacking
from shared.kafka.partitions import Partitions
from shared.settings import ServiceSettings

# Room for a parked copy of a record of the largest size that Kafka takes by default.
MAX_BYTES = 3 * 1024 * 1024
SEND_TIMEOUT = 20.0
Fetched = dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]

unpacking.install()


class Unreadable(KafkaError):  # noqa: N818 - errors name the situation
    """What comes next in a partition can't be unpacked; nothing is said of what lies behind it."""

    def __init__(self, why: unpacking.Why) -> None:
        super().__init__(why)
        self.why: unpacking.Why = why


def connection(settings: ServiceSettings) -> dict[str, Any]:
    """Where Kafka is and who we are, for any of aiokafka's clients. The password is read again each time."""
    told: dict[str, Any] = {"bootstrap_servers": settings.kafka}
    sasl = bool(settings.kafka_user)
    tls = settings.kafka_tls if settings.kafka_tls is not None else bool(sasl or settings.kafka_ca)
    if sasl and settings.kafka_password_file:
        told |= {
            "sasl_mechanism": settings.kafka_sasl,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password_file.read_text(encoding="utf-8").strip(),
        }
    if tls:
        told["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca)
    return {**told, "security_protocol": f"{'SASL_' if sasl else ''}{'SSL' if tls else 'PLAINTEXT'}"}


@asynccontextmanager
async def admin(settings: ServiceSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**connection(settings))
    try:
        async with asyncio.timeout(SEND_TIMEOUT):
            await client.start()
        yield client
    finally:
        await client.close()


def consumer(settings: ServiceSettings, group: str) -> AIOKafkaConsumer:
    """A member of `group` that reads only what was committed and never commits on its own."""
    return AIOKafkaConsumer(
        **connection(settings),
        group_id=settings.namespace + group,
        client_id=group,
        # What is out of range is looked into (shared/consuming/follower.py) and not just begun again.
        auto_offset_reset="none",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=round(settings.session_seconds * 1_000),
        heartbeat_interval_ms=round(min(0.5, settings.session_seconds / 3) * 1_000),
        max_poll_interval_ms=300_000,
        # How soon a new agency's topic is seen; the default takes over 25 s.
        metadata_max_age_ms=5_000,
        max_partition_fetch_bytes=MAX_BYTES,
        fetch_max_wait_ms=100,
    )


def lone_consumer(settings: ServiceSettings, client_id: str) -> AIOKafkaConsumer:
    """One that reads what it is told to, in no group."""
    return AIOKafkaConsumer(
        **connection(settings),
        group_id=None,
        client_id=client_id,
        enable_auto_commit=False,
        isolation_level="read_committed",
        # Where what comes next has been forgotten: all of it again is safe, the end is not.
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_BYTES,
        fetch_max_wait_ms=100,
    )


def partitions(client_of: AIOKafkaConsumer | AIOKafkaProducer) -> Partitions:
    """What Kafka says of partitions, asked through its connections."""
    own = client_of.client if isinstance(client_of, AIOKafkaProducer) else client_of._client  # pyright: ignore[reportPrivateUsage]
    return Partitions(own)


async def fetch(
    consumer: AIOKafkaConsumer, *partitions: TopicPartition, seconds: float, most: int
) -> Fetched:
    """`getmany` with one error for all bytes that can't be unpacked. What it had read before them in the same
    fetch is read again.

    Raises:
        Unreadable: always again until the position moves, or Kafka sends something else.

    """
    try:
        return await consumer.getmany(*partitions, timeout_ms=round(seconds * 1_000), max_records=most)
    except unpacking.UNREADABLE as error:
        raise Unreadable(unpacking.why(error)) from error


def member_id(consumer: AIOKafkaConsumer) -> str:
    """Who the consumer is in its group, once it has joined."""
    return getattr(consumer._coordinator, "member_id", "")  # pyright: ignore[reportPrivateUsage]


def check(consumer: AIOKafkaConsumer) -> None:
    """Raises KafkaError when its membership or its fetching has ended, which it says only in the log."""
    membership = getattr(consumer._coordinator, "_coordination_task", None)  # pyright: ignore[reportPrivateUsage]
    if membership and membership.done():
        membership.result()
    fetching = getattr(consumer._fetcher, "_fetch_task", None)  # pyright: ignore[reportPrivateUsage]
    if fetching and fetching.done():
        fetching.result()


async def cluster_of(client: AIOKafkaAdminClient) -> str:
    """Which Kafka this is: offsets mean nothing in another one."""
    return str((await client.describe_cluster())["cluster_id"])


async def partitions_of(client: AIOKafkaAdminClient, topic: str) -> list[TopicPartition]:
    """
    Raises:
        UnknownTopicOrPartitionError: there is no such topic.

    """
    described = await client.describe_topics([topic])
    numbers = [each["partition"] for one in described for each in one["partitions"]]
    if not numbers:
        raise UnknownTopicOrPartitionError(topic)
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def transactional_producer(settings: ServiceSettings, transactional_id: str) -> AIOKafkaProducer:
    """A producer whose start fences whoever holds the same id."""
    producer = AIOKafkaProducer(
        **connection(settings),
        client_id=transactional_id,
        transactional_id=settings.namespace + transactional_id,
        acks="all",
        max_request_size=MAX_BYTES,
        transaction_timeout_ms=60_000,
        request_timeout_ms=10_000,
    )
    _ask_again(producer.client)
    return producer


def _ask_again(client: AIOKafkaClient) -> None:
    """A broker that has just come back may know of no broker, itself included (aiokafka#460): who then looks
    for a coordinator would fail for good, and waits and asks again instead.
    """
    look_up = client.coordinator_lookup

    async def look_up_once_there_are_brokers(coordinator_type: int, coordinator_key: str) -> int:
        if client.get_random_node() is None:
            raise NodeNotReadyError("Kafka knows of no broker yet")
        return await look_up(coordinator_type, coordinator_key)

    client.coordinator_lookup = look_up_once_there_are_brokers


async def abandon(producer: AIOKafkaProducer) -> None:
    """End it without what it has not sent. Its own `stop` waits for that without end, and where one
    does not wait so long it leaves a task and connections that are opened again and again.
    """
    producer._closed = True  # pyright: ignore[reportPrivateUsage]
    sending = producer._sender.sender_task  # pyright: ignore[reportPrivateUsage]
    if sending:
        sending.cancel()
    # Cancelled, it waits for the requests that are under way: they end with their connections.
    await producer.client.close()
    if sending:
        await asyncio.wait([sending])


async def create_topics(settings: ServiceSettings, topics: Iterable[Topic]) -> list[str]:
    """Create those that are missing, on three brokers where there are so many; returns their names.

    Idempotent; existing topics keep their settings.
    """
    async with admin(settings) as client:
        brokers = len((await client.describe_cluster())["brokers"])
        wanted = [
            NewTopic(
                name=settings.namespace + topic.name,
                num_partitions=topic.partitions,
                replication_factor=min(3, brokers),
                topic_configs=topic.config,
            )
            for topic in topics
        ]
        async with asyncio.timeout(SEND_TIMEOUT):
            answer = await client.create_topics(wanted)
    created: list[str] = []
    for name, code, message in answer.topic_errors:  # pyright: ignore[reportAttributeAccessIssue]
        error = for_code(code)
        if code == 0:
            created.append(name)
        elif error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message}")
    return created


async def await_coordinators(settings: ServiceSettings, groups: Iterable[str]) -> None:
    """Wait until Kafka knows who coordinates each group. The first question of all makes it create the topic
    of their offsets, and until that is there consumers complain.
    """
    async with admin(settings) as client, asyncio.timeout(SEND_TIMEOUT):
        for group in groups:
            # For as long as the timeout above allows.
            tries = stamina.retry_context(
                KafkaError, attempts=None, timeout=None, wait_max=0.2, wait_jitter=0
            )
            async for attempt in tries:
                with attempt:
                    coordinator = await client.find_coordinator(settings.namespace + group)
                    await client.list_consumer_group_offsets(settings.namespace + group, coordinator)


async def empty_topics(settings: ServiceSettings, topics: Iterable[Topic]) -> None:
    """Forget everything in them. The topics stay: whoever follows one by pattern would trip over its end."""
    names = [settings.namespace + topic.name for topic in topics]
    async with admin(settings) as client, asyncio.timeout(SEND_TIMEOUT):
        found = [each for each in await client.describe_topics(names) if each["error_code"] == 0]
        ends = {
            TopicPartition(each["topic"], partition["partition"]): RecordsToDelete(before_offset=-1)
            for each in found
            for partition in each["partitions"]
        }
        if ends:
            await client.delete_records(ends)
