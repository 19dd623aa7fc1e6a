"""O3: what an operator is told moves with what happens, and names nobody. O5: no sample reads what grows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from fastapi import APIRouter
from prometheus_client import generate_latest

from shared.consuming.incoming import Incoming
from shared.consuming.redriving import redrive
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.kafka import clients as kafka
from shared.mongo import Transaction
from shared.service import Spec
from shared.settings import ServiceSettings
from tests.harness import Running, a_person, eventually, produce, publish, running


def spec(handle: Callable[[Transaction, Sequence[Incoming[Any]]], Awaitable[None]]) -> Spec:
    return Spec(
        name="events",
        description="a service for the tests of the metrics",
        indexes={"seen": []},
        subscriptions=(Subscription(DIRECTORY_PEOPLE, handle),),
        routers=(APIRouter(),),
    )


async def note(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    for incoming in batch:
        if isinstance(incoming.data, Person) and incoming.data.given_name == "Trasig":
            raise ZeroDivisionError
        await tx.db.seen.update_one(
            {"_id": incoming.data.id}, {"$set": {"at": 1}}, upsert=True, session=tx.session
        )


def often(settings: ServiceSettings) -> ServiceSettings:
    return settings.model_copy(update={"metrics_seconds": 0.05})


async def values(service: Running, name: str) -> list[float]:
    """Of every series of this name."""
    text = (await service.http.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    return [float(line.rpartition(" ")[2]) for line in lines if 'service="' not in line or "events" in line]


async def becomes(service: Running, name: str, total: float) -> None:
    async def look() -> float:
        return sum(await values(service, name))

    await eventually(look, until=lambda found: found == total)


async def test_lag_is_what_is_not_handled_and_not_what_is_not_committed_to_kafka(
    settings: ServiceSettings,
) -> None:
    may_go_on = asyncio.Event()

    async def wait(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
        await may_go_on.wait()
        await note(tx, batch)

    async with running(spec(wait), settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *(a_person() for _ in range(20)))
        await becomes(service, "agencynet_consumer_lag_records", 20)
        may_go_on.set()
        await becomes(service, "agencynet_consumer_lag_records", 0)


async def test_the_end_of_a_transaction_is_no_lag(settings: ServiceSettings) -> None:
    async with running(spec(note), settings) as service:
        producer = kafka.transactional_producer(settings, "test")
        await producer.start()
        async with producer.transaction():
            await producer.send_and_wait(settings.namespace + DIRECTORY_PEOPLE.name, b"{", b"k")
        await producer.stop()
        await eventually(lambda: service.mongo.db.parked.find_one({"topic": DIRECTORY_PEOPLE.name}))
        await becomes(service, "agencynet_consumer_lag_records", 0)


async def test_a_partition_that_passes_on_is_told_of_by_its_new_owner_only(settings: ServiceSettings) -> None:
    async with running(spec(note), settings) as service:
        await eventually(lambda: values(service, "agencynet_consumer_lag_records"))
    # As whoever scrapes this process next would be told.
    assert "agencynet_consumer_lag_records{" not in generate_latest().decode()


async def test_the_outbox_tells_its_depth_and_its_age(settings: ServiceSettings) -> None:
    async with running(spec(note), often(settings)) as service:
        long_ago = ObjectId.from_datetime(datetime.now(UTC) - timedelta(seconds=100))
        # Of a shard that nobody relays.
        rows = [{"_id": long_ago, "shard": 7}, {"shard": 7}]
        await service.mongo.db.outbox.insert_many(rows)
        await becomes(service, "agencynet_outbox_rows", 2)
        (age,) = await values(service, "agencynet_outbox_oldest_seconds")
        assert 100 <= age < 200
        await service.mongo.db.outbox.delete_many({"shard": 7})
        await becomes(service, "agencynet_outbox_rows", 0)
        await becomes(service, "agencynet_outbox_oldest_seconds", 0)


async def test_parked_keys_are_counted_once_each_until_they_are_redriven(settings: ServiceSettings) -> None:
    bad = [a_person(given_name="Trasig") for _ in range(2)]
    later = bad[0].model_copy(update={"version": 2})
    async with running(spec(note), often(settings)) as service:
        before = sum(await values(service, "agencynet_parked_records_total"))
        await publish(settings, DIRECTORY_PEOPLE, *bad, later)
        await produce(settings, DIRECTORY_PEOPLE.name, [("x", b"{")])
        await becomes(service, "agencynet_parked_records_total", before + 4)
        await becomes(service, "agencynet_parked_keys", 2)

        async def mended(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
            pass

        parked = await service.mongo.db.parked.find_one(
            {"topic": DIRECTORY_PEOPLE.name, "kind": "failed", "partition": {"$gte": 0}}
        )
        assert parked
        subscription = Subscription(DIRECTORY_PEOPLE, mended)
        await redrive(service.mongo, subscription, DIRECTORY_PEOPLE.name, parked["partition"], parked["key"])
        await becomes(service, "agencynet_parked_keys", 1)
        text = (await service.http.get("/metrics")).text
        assert not any(word in text for person in bad for word in (person.id, "Trasig", person.email))


async def test_a_part_that_gets_nowhere_shows(settings: ServiceSettings) -> None:
    async with running(spec(note), often(settings)) as service:
        await becomes(service, "agencynet_ready", 1)
        service.service.health.watch("a part", patience=0).stuck("no reason")
        await becomes(service, "agencynet_ready", 0)
        await becomes(service, "agencynet_stuck_parts", 1)
        service.service.health.forget("a part")
        await becomes(service, "agencynet_ready", 1)
