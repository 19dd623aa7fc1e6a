"""What Kafka lost, dropped or began again is noticed, and nothing that it still has is passed over."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition
from fastapi import APIRouter

from agencynet.stack import Stack, start_stack
from agencynet.stack.kafka import ready
from shared.consuming import interruptions
from shared.consuming.incoming import Incoming
from shared.consuming.subscriptions import Subscription
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import EVENTS_ATTENDANCE, staff_topic
from shared.contracts.types import Gone
from shared.kafka import clients as kafka
from shared.mongo import Transaction
from shared.publishing import outbox
from shared.service import Spec
from shared.settings import ServiceSettings
from tests.faults import power
from tests.harness import Running, eventually, messages, publish, running
from tests.namespace import a_namespace

CSN = staff_topic("csn")


async def note(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
    for incoming in batch:
        await tx.db.seen.update_one(
            {"_id": incoming.data.employee_id}, {"$inc": {"times": 1}}, upsert=True, session=tx.session
        )


SPEC = Spec(
    name="events",
    description="a service for the tests of what Kafka loses",
    indexes={"seen": []},
    subscriptions=(Subscription(None, note),),
    routers=(APIRouter(),),
)


def staff(name: str, count: int) -> list[StaffRecord]:
    return [
        StaffRecord(
            employee_id=f"{name}{number}", version=1, status="active", given_name="Å", family_name="Ö"
        )
        for number in range(count)
    ]


async def seen(service: Running, name: str, count: int) -> None:
    wanted = {"_id": {"$in": [each.employee_id for each in staff(name, count)]}}
    await eventually(
        lambda: service.mongo.db.seen.count_documents(wanted), within=40, until=lambda have: have == count
    )


async def kinds(service: Running) -> set[str]:
    return {each["kind"] for each in await interruptions.listed(service.mongo.db, CSN.name)}


async def make_again(settings: ServiceSettings) -> None:
    name = settings.namespace + CSN.name
    async with kafka.admin(settings) as admin:
        await admin.delete_topics([name])
        await eventually(admin.list_topics, until=lambda names: name not in names)
    await asyncio.sleep(1)
    await kafka.create_topics(settings, [CSN])


@pytest.mark.parametrize("stopped", [False, True], ids=["while it is followed", "while nobody looks"])
async def test_a_topic_made_again_is_read_from_its_start(settings: ServiceSettings, stopped: bool) -> None:
    async with running(SPEC, settings) as service:
        await publish(settings, CSN, *staff("old", 100))
        await seen(service, "old", 100)
        if not stopped:
            await make_again(settings)
            # Longer than the one before in each partition: no offset tells.
            await publish(settings, CSN, *staff("new", 400))
            await seen(service, "new", 400)
            assert await kinds(service) == {"remade"}
    if stopped:
        await make_again(settings)
        await publish(settings, CSN, *staff("new", 400))
        async with running(SPEC, settings) as service:
            await seen(service, "new", 400)
            assert await kinds(service) == {"remade"}


async def test_records_that_kafka_dropped_before_they_were_read_are_missed(settings: ServiceSettings) -> None:
    async with running(SPEC, settings) as service:
        await publish(settings, CSN, *staff("read", 50))
        await seen(service, "read", 50)
    await publish(settings, CSN, *staff("dropped", 50))
    async with kafka.admin(settings) as admin:
        partitions = await kafka.partitions_of(admin, settings.namespace + CSN.name)
        await admin.delete_records({each: RecordsToDelete(before_offset=-1) for each in partitions})
    await publish(settings, CSN, *staff("after", 50))
    async with running(SPEC, settings) as service:
        await seen(service, "after", 50)
        found = await interruptions.listed(service.mongo.db, CSN.name)
        assert {each["kind"] for each in found} == {"gap"}
        assert sum(each["next"] - each["first"] for each in found) == 50
        text = (await service.http.get("/metrics")).text
        assert 'agencynet_interruptions_total{kind="gap",service="events",topic="staff.csn"}' in text


@pytest.fixture
async def own(stack: Stack, tmp_path: Path) -> AsyncIterator[Stack]:
    """A Kafka of its own beside the MongoDB that all share."""
    own = await start_stack(tmp_path, mongodb=stack.mongodb, smtp=stack.smtp, ports="free")
    yield own
    await own.stop()


@pytest.fixture
async def network(own: Stack, jwks: Path) -> AsyncIterator[ServiceSettings]:
    async with a_namespace(own, jwks) as settings:
        yield settings


async def power_goes(own: Stack, noted: power.Sizes) -> None:
    process = own.processes["kafka"]
    await process.kill()
    assert power.cut(own.data / "kafka" / "log", noted)
    process.start()
    await ready(process)


async def test_a_log_that_went_back_is_followed_from_its_end_and_published_to_again(
    own: Stack, network: ServiceSettings
) -> None:
    async with running(SPEC, network) as service:

        async def announce(first: int, last: int) -> None:
            for number in range(first, last):

                async def work(tx: Transaction, number: int = number) -> None:
                    outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id=f"{number % 7}", version=number))

                await service.mongo.transact(work)

            async def nothing() -> bool:
                return await service.mongo.db.outbox.find_one({"shard": 0}) is None

            await eventually(nothing, within=40)

        await publish(network, CSN, *staff("kept", 50))
        await seen(service, "kept", 50)
        await announce(1, 40)
        noted = power.note(own.data / "kafka" / "log")
        await publish(network, CSN, *staff("lost", 50))
        await seen(service, "lost", 50)
        await announce(40, 80)
        # What the agency's system has sent last is sure to have been there for a look or two.
        await asyncio.sleep(2.5)
        await power_goes(own, noted)
        # As many as were lost: the offsets that were read come again.
        await publish(network, CSN, *staff("after", 60))
        await seen(service, "after", 60)
        assert await kinds(service) == {"went_back"}
        await announce(80, 90)

        async def versions() -> dict[str, list[int]]:
            found: dict[str, list[int]] = {}
            for message in await messages(network, EVENTS_ATTENDANCE):
                found.setdefault(message.data.id, []).append(message.data.version)
            return found

        whole = await eventually(
            versions, within=40, until=lambda found: len({v for each in found.values() for v in each}) == 89
        )
        # Each key's last is its newest, or compaction would keep an older one.
        assert all(each[-1] == max(each) for each in whole.values())


async def test_what_was_published_long_ago_is_kept_no_longer(settings: ServiceSettings) -> None:
    async with running(SPEC, settings) as service:
        indexes: dict[str, Any] = await service.mongo.db.published.index_information()
        assert indexes["until_1"]["expireAfterSeconds"] == 0

        async def work(tx: Transaction) -> None:
            outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id="a", version=1))

        await service.mongo.transact(work)
        kept = await eventually(lambda: service.mongo.db.published.find_one({"shard": 0}))
        partition = TopicPartition(kept["places"][0]["topic"], kept["places"][0]["partition"])
        assert partition.topic == settings.namespace + EVENTS_ATTENDANCE.name
        assert 3_500 < (kept["until"] - kept["_id"].generation_time).total_seconds() < 3_700


async def test_a_relay_that_takes_over_knows_partitions_that_nothing_is_kept_of(
    settings: ServiceSettings,
) -> None:
    async def announce(service: Running, *names: str) -> None:
        async def work(tx: Transaction) -> None:
            for name in names:
                outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id=name, version=1))

        await service.mongo.transact(work)
        await eventually(
            lambda: service.mongo.db.outbox.count_documents({"shard": 0}), until=lambda count: count == 0
        )

    async with running(SPEC, settings) as service:
        await announce(service, "one")
    async with running(SPEC, settings) as service:
        await announce(service, *(f"other{number}" for number in range(40)))
    told = {message.data.id for message in await messages(settings, EVENTS_ATTENDANCE)}
    assert told == {"one", *(f"other{number}" for number in range(40))}
