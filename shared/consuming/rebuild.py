"""A service's copy of another's entities, built again from the topic beside the old one and put in its place.

It is read as far as the service's cursor stood, and after the swap the cursor goes back to there: what the
service took in meanwhile it takes in again, with the same outcome. Read any further, changes would be in the
copy that nothing has reacted to.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from pymongo import IndexModel

from shared.consuming.cursor import cluster_id
from shared.consuming.incoming import decode
from shared.consuming.parking import Record
from shared.consuming.states import Copy
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import Topic
from shared.errors import CommandRefused
from shared.kafka import clients as kafka
from shared.mongo import Indexes, Mongo, Transaction
from shared.settings import ServiceSettings

_BATCH = 500
_PATIENCE = 30.0
Ends = dict[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one copy has come, in records."""

    collection: str
    done: int
    of: int


class Plan(NamedTuple):
    """What a rebuild of one copy would do: read at most so many records, replace about so many documents."""

    collection: str
    topic: str
    records: int
    documents: int
    blocked: bool


def copies(subscriptions: Iterable[Subscription]) -> list[Copy[Any]]:
    """What a service keeps of others' entities."""
    return [subscription.copy for subscription in subscriptions if subscription.copy]


async def plan(settings: ServiceSettings, mongo: Mongo, service: str, copy: Copy[Any]) -> Plan:
    """Reads nothing but cursors and the server's own records."""
    topic, name = copy.topic, copy.collection
    cursors = await _cursors(settings, mongo, service, topic)
    documents = await mongo.db[name].estimated_document_count()
    records = sum(end for _, end in cursors.values())
    return Plan(name, topic.name, records, documents, await _is_parked(mongo, topic))


async def _is_parked(mongo: Mongo, topic: Topic) -> bool:
    failed = {"topic": topic.name, "partition": {"$gte": 0}, "kind": "failed"}
    return await mongo.db.parked.find_one(failed) is not None


async def rebuild(
    settings: ServiceSettings, mongo: Mongo, service: str, copy: Copy[Any], indexes: Indexes
) -> AsyncIterator[Progress]:
    """Rebuild one copy, also while the service runs. What it makes the service do again is idempotent, so
    nobody is told anything twice. Interrupted, it has changed nothing until the very end; do it again.

    Raises:
        CommandRefused: records of the topic are parked; redriven after a rebuild they would come too late.

    """
    topic, name = copy.topic, copy.collection
    if await _is_parked(mongo, topic):
        raise CommandRefused(f"Records of {topic.name} are parked as failed. Redrive them first.")
    cursors = await _cursors(settings, mongo, service, topic)
    ends = {partition: end for partition, (_, end) in cursors.items()}
    await _begin(mongo, f"{name}.rebuilt", indexes.get(name, []))
    anew, done, total = copy.beside(f"{name}.rebuilt"), 0, sum(ends.values())
    async for records in _records(settings, ends):
        await _take(mongo, anew, records)
        done += len(records)
        yield Progress(name, done, max(done, total))
    await mongo.db[f"{name}.rebuilt"].rename(name, dropTarget=True)

    async def go_back(tx: Transaction) -> None:
        for cursor, end in cursors.values():
            await tx.db.cursors.update_one({"_id": cursor}, {"$min": {"next": end}}, session=tx.session)

    await mongo.transact(go_back)
    yield Progress(name, done, done)


async def _cursors(
    settings: ServiceSettings, mongo: Mongo, service: str, topic: Topic
) -> dict[TopicPartition, tuple[str, int]]:
    """Each partition that the service has read: its cursor, and where that stands."""
    name = settings.namespace + topic.name
    prefix = f"{await cluster_id(settings)}/{service}/{name}/"
    found = await mongo.db.cursors.find({"_id": {"$gt": prefix, "$lt": prefix + "~"}}).to_list(None)
    return {
        TopicPartition(name, int(cursor["_id"].removeprefix(prefix))): (cursor["_id"], cursor["next"])
        for cursor in found
    }


async def _begin(mongo: Mongo, name: str, indexes: list[IndexModel]) -> None:
    await mongo.db.drop_collection(name)
    await mongo.prepare({name: indexes})


async def _records(settings: ServiceSettings, ends: Ends) -> AsyncIterator[list[Record]]:
    """Everything before `ends`, from the first record on; nothing of a topic that the service never read."""
    if not ends:
        return
    consumer = kafka.lone_consumer(settings, "rebuild")
    try:
        async with asyncio.timeout(kafka.SEND_TIMEOUT):
            await consumer.start()
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        open_ = set(ends)
        while open_ := {p for p in open_ if await consumer.position(p) < ends[p]}:
            async with asyncio.timeout(_PATIENCE):
                fetched = await kafka.fetch(consumer, *open_, seconds=0.5, most=_BATCH)
            found = [
                Record(p.topic.removeprefix(settings.namespace), p.partition, r.offset, r.key, r.value)
                for p, records in fetched.items()
                for r in records
                if r.offset < ends[p]
            ]
            if found:
                yield found
    finally:
        await consumer.stop()


async def _take(mongo: Mongo, copy: Copy[Any], records: list[Record]) -> None:
    decoded = (decode(copy.topic, record) for record in records)
    batch = [item.incoming for item in decoded if item.incoming]

    async def work(tx: Transaction) -> None:
        await copy.apply(tx, batch)

    await mongo.transact(work)
