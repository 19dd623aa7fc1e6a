"""State topics read from their beginning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from aiokafka import TopicPartition
from pydantic_core import from_json

from shared.contracts.topics import Topic
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings

_PATIENCE = 60.0


async def latest(settings: ServiceSettings, topic: Topic) -> tuple[dict[str, Any], list[str]]:
    """What the last record of each key says, and keys whose last is not their highest version."""
    raw: dict[str, bytes] = {}
    highest: dict[str, int] = {}
    last: dict[str, int] = {}
    async for key, value in records_of(settings, topic):
        if value is None:
            raw.pop(key, None)
            continue
        raw[key] = value
        last[key] = from_json(value)["data"]["version"]
        highest[key] = max(highest.get(key, 0), last[key])
    backwards = [key for key in raw if last[key] < highest[key]]
    return {key: topic.adapter.validate_json(value).data for key, value in raw.items()}, backwards


async def records_of(
    settings: ServiceSettings, topic: Topic
) -> AsyncGenerator[tuple[str, bytes | None], None]:
    name = settings.namespace + topic.name
    consumer = kafka.lone_consumer(settings, "faults")
    await consumer.start()
    try:
        partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while [p for p in partitions if await consumer.position(p) < ends[p]]:
            async with asyncio.timeout(_PATIENCE):
                fetched = await consumer.getmany(timeout_ms=200, max_records=2_000)
            for records in fetched.values():
                for record in records:
                    yield (record.key or b"").decode(), record.value
    finally:
        await consumer.stop()
