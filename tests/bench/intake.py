"""Staff records through the directory, against a bare loop that is just as safe: ratio of records a second."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import InsertOne, ReplaceOne

from services.directory.app import SPEC
from services.directory.handlers.agencies import add_agency
from shared import kafka
from shared.consumer import Consumer
from shared.contracts.ids import person_id
from shared.contracts.topics import STAFF_PREFIX, Topic, staff_topic
from shared.health import Health
from shared.mongo import Mongo
from shared.service import Service
from shared.settings import ServiceSettings
from tests.bench.people import staff_messages
from tests.harness import eventually, produce

AGENCY = "bench"
_AGENCY_FIELDS = {
    "name": "Bench",
    "full_name": "Bench",
    "name_en": "Bench",
    "kind": "myndighet",
    "places": ["Sundsvall"],
    "mail_domain": "bench.example",
    "protection": "carried",
}


async def measure(settings: ServiceSettings, records: int, rounds: int = 3) -> dict[str, Any]:
    """Both read the same topic in turn, in this process, each into an empty database."""
    topic = staff_topic(AGENCY)
    await kafka.create_topics(settings, [topic])
    await produce(settings, topic.name, staff_messages(AGENCY, records))
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        bare.append(await _timed(settings, records, _bare))
        ours.append(await _timed(settings, records, _directory))
    ratios = [b / o for b, o in zip(bare, ours, strict=True)]
    return {
        "records": records,
        "directory_per_s": round(records / median(ours)),
        "bare_loop_per_s": round(records / median(bare)),
        "ratio": round(median(ratios), 2),
        "budget": 0.8,
    }


async def _timed(
    settings: ServiceSettings,
    records: int,
    run: Callable[[ServiceSettings, Mongo, Topic, int], Awaitable[float]],
) -> float:
    mongo = Mongo(settings, "directory")
    await mongo.client.drop_database(mongo.db.name)
    indexes = Service(SPEC, settings).indexes
    # People must be found in either case, so the bare loop's are indexed as the directory's are.
    await mongo.prepare(indexes | {"bare": indexes["people"], "bare_outbox": indexes["outbox"]})
    try:
        return await run(settings, mongo, staff_topic(AGENCY), records)
    finally:
        mongo.close()


async def _directory(settings: ServiceSettings, mongo: Mongo, _topic: Topic, records: int) -> float:
    """The directory's own consumer and handlers; its relay and search run in no side of the comparison."""
    await mongo.transact(lambda tx: add_agency(tx, AGENCY, _AGENCY_FIELDS, datetime.now(UTC)))
    subscriptions = [each for each in SPEC.subscriptions if each.pattern.startswith(STAFF_PREFIX[:5])]
    consumer = Consumer(settings, mongo, "directory", subscriptions, Health())
    running = asyncio.create_task(consumer.run())
    started = await _first(mongo)
    await eventually(lambda: _progress(mongo), until=lambda done: done >= records, within=300)
    took = perf_counter() - started
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await mongo.db.people.estimated_document_count() == records
    return took


async def _first(mongo: Mongo) -> float:
    """When the first batch has been taken: joining the group is not what is measured."""
    await eventually(lambda: mongo.db.cursors.find_one({"_id": {"$gt": ""}}), within=60)
    return perf_counter()


async def _progress(mongo: Mongo) -> int:
    return sum([document["next"] async for document in mongo.db.cursors.find({"_id": {"$gt": ""}})])


async def _bare(settings: ServiceSettings, mongo: Mongo, topic: Topic, records: int) -> float:
    """aiokafka, bulk_write, outbox insert, cursor: one transaction a batch, nothing else."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, isolation_level="read_committed", max_partition_fetch_bytes=3 << 20
    )
    await consumer.start()
    partitions = [TopicPartition(settings.namespace + topic.name, n) for n in range(topic.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    tasks = [asyncio.create_task(_bare_partition(consumer, mongo, each)) for each in partitions]
    started = await _first(mongo)
    await eventually(lambda: _progress(mongo), until=lambda done: done >= records, within=300)
    took = perf_counter() - started
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await consumer.stop()
    return took


async def _bare_partition(consumer: AIOKafkaConsumer, mongo: Mongo, partition: TopicPartition) -> None:
    while True:
        fetched = await consumer.getmany(partition, timeout_ms=1_000, max_records=500)
        for batch in fetched.values():

            async def work(tx: Any, batch: Any = batch) -> None:
                documents = []
                for record in batch:
                    data = json.loads(record.value)["data"]
                    roles = [{"code": code} for code in data["roles"]]
                    names = {"_id": person_id(AGENCY, data["employee_id"]), "agency": AGENCY}
                    documents.append({**data, **names, "roles": roles})
                await tx.db.cursors.update_one(
                    {"_id": str(partition)},
                    {"$set": {"next": batch[-1].offset + 1}},
                    upsert=True,
                    session=tx.session,
                )
                await tx.db.bare.bulk_write(
                    [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents],
                    ordered=False,
                    session=tx.session,
                )
                rows = [
                    InsertOne({"shard": 0, "key": d["_id"], "version": 1, "value": r.value})
                    for d, r in zip(documents, batch, strict=True)
                ]
                await tx.db.bare_outbox.bulk_write(rows, ordered=False, session=tx.session)

            await mongo.transact(work)
