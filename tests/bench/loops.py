"""The bare loop that the intake is measured against, and the intake as others would write it."""

import asyncio
import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from pymongo import InsertOne, ReplaceOne

from shared.contracts.ids import person_id
from shared.contracts.topics import Topic
from shared.mongo import Document, Mongo, Transaction
from shared.settings import ServiceSettings
from tests.bench.filling import AGENCY
from tests.harness import eventually


class Employee(BaseModel):
    employee_id: str
    version: int
    given_name: str
    family_name: str
    email: str
    phone: str
    title: str
    roles: list[str]
    specialties: list[str]
    unit: str
    location: str


class Changed(BaseModel):
    id: str
    data: Employee


async def bare(settings: ServiceSettings, mongo: Mongo, topic: Topic, records: int) -> float:
    """aiokafka, bulk_write, outbox insert, cursor: one transaction a batch, nothing else."""
    consumer = await _assigned(settings, topic)
    tasks = [asyncio.create_task(_bare_partition(consumer, mongo, each)) for each in consumer.assignment()]
    started = await first(mongo)
    await eventually(lambda: progress(mongo), until=lambda done: done >= records, within=300)
    took = perf_counter() - started
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await consumer.stop()
    return took


async def one_by_one(settings: ServiceSettings, mongo: Mongo, topic: Topic, records: int) -> float:
    """As safe, with a transaction and an offset commit for each message."""
    consumer = await _assigned(settings, topic, group_id=settings.namespace + "one-by-one")
    started = perf_counter()
    for _ in range(records):
        record = await consumer.getone()
        partition = TopicPartition(record.topic, record.partition)
        await mongo.transact(lambda tx, p=partition, r=record: _take(tx, p, [r]))
        await consumer.commit({partition: record.offset + 1})
    took = perf_counter() - started
    await consumer.stop()
    return took


async def faststream_batch(settings: ServiceSettings, mongo: Mongo, topic: Topic, records: int) -> float:
    """What is usually written: no transaction, no cursor, no outbox."""
    broker = KafkaBroker(settings.kafka, logger=None)

    @broker.subscriber(
        settings.namespace + topic.name,
        group_id=f"{settings.namespace}batch-{perf_counter()}",
        auto_offset_reset="earliest",
        batch=True,
        max_records=500,
        ack_policy=AckPolicy.ACK,
    )
    async def take(messages: list[Changed]) -> None:
        writes = [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in map(_plain, messages)]
        await mongo.db.bare.bulk_write(writes, ordered=False)

    return await _until_all_are_there(broker, mongo, records)


async def faststream_single(settings: ServiceSettings, mongo: Mongo, topic: Topic, records: int) -> float:
    broker = KafkaBroker(settings.kafka, logger=None)

    @broker.subscriber(
        settings.namespace + topic.name,
        group_id=f"{settings.namespace}single-{perf_counter()}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
    )
    async def take(message: Changed) -> None:
        document = _plain(message)
        await mongo.db.bare.replace_one({"_id": document["_id"]}, document, upsert=True)

    return await _until_all_are_there(broker, mongo, records)


async def _until_all_are_there(broker: KafkaBroker, mongo: Mongo, records: int) -> float:
    await broker.start()
    count = mongo.db.bare.estimated_document_count
    begun = await eventually(count, within=60)
    started = perf_counter()
    done = await eventually(count, until=lambda done: done >= records, within=300)
    took = perf_counter() - started
    await broker.stop()
    # Counted from the first that were seen to the last.
    return took * records / (done - begun)


def _plain(message: Changed) -> Document:
    data = message.data.model_dump()
    roles = [{"code": code} for code in data["roles"]]
    return {**data, "_id": person_id(AGENCY, data["employee_id"]), "agency": AGENCY, "roles": roles}


async def _assigned(settings: ServiceSettings, topic: Topic, **more: Any) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=3 << 20,
        **more,
    )
    await consumer.start()
    partitions = [TopicPartition(settings.namespace + topic.name, n) for n in range(topic.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    return consumer


async def _bare_partition(consumer: AIOKafkaConsumer, mongo: Mongo, partition: TopicPartition) -> None:
    while True:
        fetched = await consumer.getmany(partition, timeout_ms=1_000, max_records=500)
        for batch in fetched.values():
            await mongo.transact(lambda tx, batch=batch: _take(tx, partition, batch))


async def _take(tx: Transaction, partition: TopicPartition, batch: Sequence[Any]) -> None:
    documents: list[Document] = []
    for record in batch:
        data = json.loads(record.value)["data"]
        roles = [{"code": code} for code in data["roles"]]
        names = {"_id": person_id(AGENCY, data["employee_id"]), "agency": AGENCY}
        documents.append({**data, **names, "roles": roles})
    await tx.db.cursors.update_one(
        {"_id": str(partition)}, {"$set": {"next": batch[-1].offset + 1}}, upsert=True, session=tx.session
    )
    upserts = [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents]
    await tx.db.bare.bulk_write(upserts, ordered=False, session=tx.session)
    rows = [
        InsertOne({"shard": 0, "key": d["_id"], "version": 1, "value": r.value})
        for d, r in zip(documents, batch, strict=True)
    ]
    await tx.db.bare_outbox.bulk_write(rows, ordered=False, session=tx.session)


async def first(mongo: Mongo) -> float:
    """When the first batch has been taken: joining the group is not what is measured."""
    await eventually(lambda: mongo.db.cursors.find_one({"_id": {"$gt": ""}}), within=60)
    return perf_counter()


async def progress(mongo: Mongo) -> int:
    return sum([document["next"] async for document in mongo.db.cursors.find({"_id": {"$gt": ""}})])
