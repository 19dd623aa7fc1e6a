"""Topics as they are created on a real broker."""

from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS, Topic, staff_topic
from shared.settings import ServiceSettings
from tests.harness import records


@pytest.mark.parametrize(
    "topic", [staff_topic("csn"), NOTIFY_REQUESTS, DIRECTORY_PEOPLE], ids=lambda t: t.name
)
async def test_a_writer_whose_clock_is_wrong_is_not_turned_away(
    settings: ServiceSettings, topic: Topic
) -> None:
    """An agency's system, or our own relay, a day ahead or a month behind."""
    now = datetime.now(UTC)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    await producer.start()
    try:
        for wrong in (timedelta(days=1), timedelta(days=-60)):
            at = int((now + wrong).timestamp() * 1_000)
            await producer.send_and_wait(settings.namespace + topic.name, b"{}", b"key", timestamp_ms=at)
    finally:
        await producer.stop()
    found = await records(settings, topic.name)
    assert len(found) == 2
    assert all(abs(record.timestamp / 1_000 - now.timestamp()) < 600 for record in found)
