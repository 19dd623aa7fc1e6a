"""Announcements from the outbox to Kafka, beside a relay that is bare: it deletes at the commit, and would lose them in a
power cut.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from time import perf_counter

from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.kafka import clients as kafka
from shared.mongo import Document, Mongo
from shared.observing.health import Progress
from shared.publishing import outbox
from shared.publishing.outbox import Relay
from shared.service import merge
from shared.settings import ServiceSettings
from tests.bench.ground import Ground
from tests.bench.rows import Row
from tests.harness import a_person, eventually

_ROUNDS = 3
_BATCH = 1_000
Drain = Callable[[ServiceSettings, Mongo], Awaitable[None]]


async def measure(ground: Ground) -> Sequence[Row]:
    """In turn, the same rows, in this process."""
    settings, count = ground.settings("announcing"), ground.scaled(30_000)
    await kafka.create_topics(settings, [DIRECTORY_PEOPLE])
    mongo = Mongo(settings, "directory")
    await mongo.prepare(merge(outbox.INDEXES))
    values = [(person.id, person.model_dump_json().encode()) for person in (a_person() for _ in range(count))]
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(_ROUNDS):
        for name, drain in (("bare", _bare), ("ours", _ours)):
            rows = [
                {
                    "shard": 0,
                    "key": key,
                    "version": 1,
                    "topic": settings.namespace + DIRECTORY_PEOPLE.name,
                    "value": value,
                }
                for key, value in values
            ]
            for start in range(0, count, _BATCH):
                await mongo.db.outbox.insert_many(rows[start : start + _BATCH])
            began = perf_counter()
            await drain(settings, mongo)
            took[name].append(perf_counter() - began)
    packed = await mongo.db.command("collStats", "published")
    mongo.close()
    ours, bare = count / median(took["ours"]), count / median(took["bare"])
    return [
        Row("relay", round(ours), "messages/s"),
        Row("bare relay", round(bare), "messages/s"),
        Row("relay × bare relay", round(ours / bare, 2)),
        Row("kept of a message", round(packed["size"] / (count * _ROUNDS)), "bytes"),
        Row("a message", round(sum(len(value) for _, value in values) / count), "bytes"),
    ]


async def _ours(settings: ServiceSettings, mongo: Mongo) -> None:
    relaying = asyncio.create_task(Relay(settings, mongo, "directory", 0, Progress(15.0)).run())

    async def left() -> Document | None:
        return await mongo.db.outbox.find_one({"shard": 0})

    await eventually(left, until=lambda row: row is None, within=300)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)


async def _bare(settings: ServiceSettings, mongo: Mongo) -> None:
    producer = kafka.transactional_producer(settings, "bare")
    await producer.start()
    while (
        rows := await mongo.db.outbox.find({"shard": 0})
        .sort([("key", 1), ("version", 1)])
        .limit(_BATCH)
        .to_list(_BATCH)
    ):
        async with producer.transaction():
            sent = [await producer.send(row["topic"], row["value"], row["key"].encode()) for row in rows]
            await asyncio.gather(*sent)
        await mongo.db.outbox.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
    await producer.stop()
