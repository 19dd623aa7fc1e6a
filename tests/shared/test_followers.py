"""One follower a partition, whatever Kafka's group and a cursor that was set back do at the same time."""

import asyncio
from collections.abc import Sequence

from aiokafka import TopicPartition

from shared import outbox, succession
from shared.consumer import INDEXES, Consumer, Subscription
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.health import Health
from shared.incoming import Incoming
from shared.mongo import Mongo, Transaction
from shared.settings import ServiceSettings
from tests.harness import a_person, eventually, publish


async def test_partitions_that_are_given_again_and_again_have_one_follower_each_and_lose_nothing(
    settings: ServiceSettings,
) -> None:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"seen": [], **INDEXES, **outbox.INDEXES, **succession.INDEXES})

    async def handle(tx: Transaction, incoming: Sequence[Incoming[Person | Gone]]) -> None:
        documents = [{"person": each.data.id} for each in incoming]
        await tx.db.seen.insert_many(documents, session=tx.session)

    subscription = Subscription(DIRECTORY_PEOPLE, handle)
    consumer = Consumer(settings, mongo, "events", [subscription], Health())
    running = asyncio.create_task(consumer.run())
    first = a_person()
    await publish(settings, DIRECTORY_PEOPLE, first)

    async def seen() -> list[str]:
        return [row["person"] async for row in mongo.db.seen.find().hint("_id_")]

    await eventually(seen, until=lambda have: have == [first.id])
    everybody = [a_person() for _ in range(200)]
    given = [
        TopicPartition(settings.namespace + DIRECTORY_PEOPLE.name, n)
        for n in range(DIRECTORY_PEOPLE.partitions)
    ]
    publishing = asyncio.create_task(publish(settings, DIRECTORY_PEOPLE, *everybody))
    await asyncio.gather(*(consumer.on_partitions_assigned(given) for _ in range(3)))
    names = [task.get_name() for task in asyncio.all_tasks()]
    for number in range(DIRECTORY_PEOPLE.partitions):
        assert names.count(f"{given[number].topic}/{number}") == 1
    await publishing
    wanted = sorted([first.id, *(person.id for person in everybody)])
    await eventually(seen, until=lambda have: sorted(have) == wanted)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mongo.close()
