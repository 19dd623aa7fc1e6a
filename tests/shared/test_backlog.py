"""What of a topic waits, as whoever asks is told."""

from datetime import UTC, datetime

from shared.consuming.backlog import Backlog, backlog
from shared.contracts.topics import DIRECTORY_PEOPLE, staff_topic
from shared.kafka import clients as kafka
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.harness import a_person, eventually, publish, records
from tests.shared.test_runtime import changes, start

NOTHING = Backlog(0, None)


async def test_what_nobody_has_handled_is_counted_and_dated(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")

    async def look() -> Backlog | None:
        return await backlog(settings, mongo.db, "events", DIRECTORY_PEOPLE)

    assert await look() == NOTHING, "an empty topic"
    everybody = [a_person() for _ in range(30)]
    await publish(settings, DIRECTORY_PEOPLE, *everybody)
    first = await look()
    assert first is not None
    assert first.records == 30, "by a service that has never come"
    assert first.oldest_at is not None
    assert abs((datetime.now(UTC) - first.oldest_at).total_seconds()) < 60
    async with start(settings) as service:
        await eventually(lambda: changes(service), until=lambda have: len(have) == 30)
        assert await look() == NOTHING
    await publish(settings, DIRECTORY_PEOPLE, a_person(), a_person())
    second = await look()
    assert second is not None
    assert second.records == 2
    assert second.oldest_at is not None
    assert second.oldest_at >= first.oldest_at
    mongo.close()


async def test_what_kafka_writes_to_end_a_transaction_is_no_work(settings: ServiceSettings) -> None:
    person = a_person()
    async with start(settings) as service:
        producer = kafka.transactional_producer(settings, "backlog-test")
        await producer.start()
        await publish(settings, DIRECTORY_PEOPLE, person)
        (record,) = await records(settings, DIRECTORY_PEOPLE.name)
        async with producer.transaction():
            await producer.send_and_wait(record.topic, record.value, record.key, partition=record.partition)
        await producer.stop()
        cursors = service.mongo.db.cursors

        async def reached() -> int:
            return sum([cursor["next"] async for cursor in cursors.find().hint("_id_")])

        await eventually(reached, until=lambda at: at == record.offset + 2)
        ends = await _ends(settings)
        assert sum(ends) == record.offset + 3, "the marker stands behind the cursor"
        assert await backlog(settings, service.mongo.db, "events", DIRECTORY_PEOPLE) == NOTHING


async def test_without_kafka_or_a_topic_nobody_knows(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "events")
    assert await backlog(settings, mongo.db, "events", staff_topic("nowhere")) is None
    away = settings.model_copy(update={"kafka": "127.0.0.1:1"})
    assert await backlog(away, mongo.db, "events", DIRECTORY_PEOPLE) is None
    mongo.close()


async def _ends(settings: ServiceSettings) -> list[int]:
    consumer = kafka.lone_consumer(settings, "ends")
    async with kafka.admin(settings) as client:
        partitions = await kafka.partitions_of(client, settings.namespace + DIRECTORY_PEOPLE.name)
    await consumer.start()
    ends = await consumer.end_offsets(partitions)
    await consumer.stop()
    return list(ends.values())
