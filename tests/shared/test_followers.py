"""One follower a partition, whatever Kafka's group and a cursor that was set back do at the same time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition

from shared.consuming.incoming import Incoming
from shared.consuming.membership import INDEXES, Membership
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.mongo import Mongo, Transaction
from shared.observing.health import Health
from shared.publishing import outbox
from shared.running import succession
from shared.settings import ServiceSettings
from tests.harness import a_person, eventually, publish


@dataclass
class Following:
    consumer: Membership
    mongo: Mongo
    running: asyncio.Task[None]

    async def seen(self) -> list[str]:
        return sorted([row["person"] async for row in self.mongo.db.seen.find().hint("_id_")])


@pytest.fixture
async def following(settings: ServiceSettings) -> AsyncIterator[Following]:
    mongo = Mongo(settings, "events")
    await mongo.prepare({"seen": [], **INDEXES, **outbox.INDEXES, **succession.INDEXES})

    async def handle(tx: Transaction, incoming: Sequence[Incoming[Person | Gone]]) -> None:
        documents = [{"person": each.data.id} for each in incoming]
        await tx.db.seen.insert_many(documents, session=tx.session)

    consumer = Membership(settings, mongo, "events", [Subscription(DIRECTORY_PEOPLE, handle)], Health())
    running = asyncio.create_task(consumer.run())
    yield Following(consumer, mongo, running)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mongo.close()


async def test_partitions_that_are_given_again_and_again_have_one_follower_each_and_lose_nothing(
    settings: ServiceSettings, following: Following
) -> None:
    consumer, seen = following.consumer, following.seen
    first = a_person()
    await publish(settings, DIRECTORY_PEOPLE, first)
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
    await eventually(seen, until=lambda have: have == wanted)


async def test_followers_outlive_topics_that_come_and_go(
    settings: ServiceSettings, following: Following
) -> None:
    first, second = a_person(), a_person()
    await publish(settings, DIRECTORY_PEOPLE, first)
    await eventually(following.seen, until=lambda have: have == [first.id])
    # As aiokafka does where the topics of a pattern are others than before; who follows the old ones learns of
    # it when they are taken away, which takes its time.
    topics = {settings.namespace + DIRECTORY_PEOPLE.name}
    subscriptions = following.consumer._kafka._subscription  # pyright: ignore[reportPrivateUsage]
    async with following.consumer._changing:  # pyright: ignore[reportPrivateUsage]
        subscriptions.subscribe_from_pattern(topics)
        await asyncio.sleep(2)
    await publish(settings, DIRECTORY_PEOPLE, second)
    await eventually(following.seen, until=lambda have: have == sorted([first.id, second.id]))
    assert not following.running.done()
