"""What an agency's producer may send and nobody should unpack."""

from __future__ import annotations

from aiokafka import AIOKafkaProducer

from shared.kafka import clients as kafka
from shared.kafka import unpacking
from shared.settings import ServiceSettings

_MEGABYTE = 1_000_000


async def send_bomb(settings: ServiceSettings, topic: str, partition: int = 0) -> int:
    """A batch of some kilobytes that unpacks into more than anybody packs; returns how many records."""
    producer = AIOKafkaProducer(
        **kafka.connection(settings), compression_type="zstd", max_batch_size=2 * unpacking.MOST_BYTES
    )
    await producer.start()
    try:
        batch = producer.create_batch()
        count = unpacking.MOST_BYTES // _MEGABYTE + 2
        for _ in range(count):
            batch.append(key=b"bomb", value=bytes(_MEGABYTE), timestamp=None)
        await (await producer.send_batch(batch, settings.namespace + topic, partition=partition))
    finally:
        await producer.stop()
    return count
