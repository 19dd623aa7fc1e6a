"""Bytes that can't be unpacked hold up their own partition, and nothing else; everybody concerned hears."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import CorruptRecordException
from fastapi import APIRouter

from agencynet.stack import Stack
from shared.consuming import interruptions
from shared.consuming.cursor import cluster_id
from shared.consuming.incoming import Incoming
from shared.consuming.subscriptions import Subscription
from shared.contracts.envelope import Trace, encode
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import staff_topic
from shared.kafka import clients as kafka
from shared.kafka import unpacking
from shared.mongo import Transaction
from shared.service import Spec
from shared.settings import ServiceSettings
from tests import logfiles
from tests.faults.bombs import send_bomb
from tests.harness import Running, eventually, publish, running

CSN, SPV = staff_topic("csn"), staff_topic("spv")


async def note(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
    for incoming in batch:
        id_ = f"{incoming.agency}/{incoming.data.employee_id}"
        await tx.db.seen.update_one({"_id": id_}, {"$inc": {"times": 1}}, upsert=True, session=tx.session)


SPEC = Spec(
    name="events",
    description="a service for the tests of what can't be unpacked",
    indexes={"seen": []},
    subscriptions=(Subscription(None, note),),
    routers=(APIRouter(),),
)


def record(employee: str) -> StaffRecord:
    return StaffRecord(employee_id=employee, version=1, status="active", given_name="Å", family_name="Ö")


async def seen(service: Running) -> set[str]:
    return {each["_id"] async for each in service.mongo.db.seen.find().hint("_id_")}


@asynccontextmanager
async def producing(settings: ServiceSettings, **more: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**kafka.connection(settings), **more)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def put(settings: ServiceSettings, employee: str, **more: Any) -> int:
    """One record on the first partition of csn's topic; returns its offset."""
    value = encode(
        message_id=employee,
        source="/staff/csn",
        kind=CSN.type,
        subject=employee,
        data=record(employee),
        trace=Trace("t"),
        now=datetime.now(UTC),
    )
    async with producing(settings, **more) as producer:
        headers = [("header", b"x")]
        sent = await producer.send_and_wait(
            settings.namespace + CSN.name, value, employee.encode(), partition=0, headers=headers
        )
    return sent.offset


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_codec_of_kafka_is_read(settings: ServiceSettings, codec: str) -> None:
    await kafka.create_topics(settings, [CSN])
    async with running(SPEC, settings) as service:
        await put(settings, "e1", compression_type=codec)
        await eventually(lambda: seen(service), until=lambda found: found == {"csn/e1"})


BROKEN: dict[str, tuple[Callable[[bytearray], None], bool, str]] = {
    "an unknown codec": (logfiles.unknown_codec, True, "codec"),
    "a wrong checksum": (logfiles.flipped_bit, False, "checksum"),
    "a broken payload": (logfiles.broken_payload, True, "broken"),
    "a header that is no text": (logfiles.header_not_utf8, True, "broken"),
}


@pytest.mark.parametrize("what", [*BROKEN, "a bomb"])
async def test_what_cannot_be_unpacked_holds_up_its_own_partition_alone(
    stack: Stack, settings: ServiceSettings, what: str
) -> None:
    await kafka.create_topics(settings, [CSN, SPV])
    await put(settings, "before")
    if what == "a bomb":
        await send_bomb(settings, CSN.name)
        why = "too_large"
    else:
        packed = {"compression_type": "zstd"} if what == "a broken payload" else {}
        await put(settings, "bad", **packed)
        change, right_checksum, why = BROKEN[what]
        folder = stack.data / "kafka" / "log" / f"{settings.namespace}{CSN.name}-0"
        logfiles.change_last_batch(folder, change, right_checksum=right_checksum)
    after = await put(settings, "behind")
    async with running(SPEC, settings) as service:

        async def noted() -> list[dict[str, Any]]:
            return await interruptions.lasting(service.mongo.db, CSN.name, 0)

        [found] = await eventually(noted)
        assert (found["kind"], found["why"], found["first"], found["next"]) == ("unreadable", why, 1, after)
        await publish(settings, SPV, *(record(f"e{number}") for number in range(20)))
        everybody = {"csn/before", *(f"spv/e{number}" for number in range(20))}
        await eventually(lambda: seen(service), until=lambda have: have == everybody)
        assert not service.service.health.problems()
        assert not [part for part in service.service.health.parts.values() if part.since is not None]
        gauge = f'agencynet_unreadable_partitions{{partition="0",service="events",topic="{CSN.name}"}} 1.0'
        assert gauge in (await service.http.get("/metrics")).text

        await interruptions.pass_over(service.mongo, await cluster_id(settings), "events", CSN.name, 0)
        await eventually(lambda: seen(service), until=lambda have: have == {*everybody, "csn/behind"})
        assert not await noted()
        assert gauge not in (await service.http.get("/metrics")).text


@pytest.mark.parametrize(
    "unpack", [unpacking.unpack_gzip, unpacking.unpack_zstd, unpacking.unpack_lz4, unpacking.unpack_snappy]
)
@pytest.mark.parametrize(
    "packed",
    [
        b"x",
        b"\xff" * 40,
        b"\xff\xff\xff\xff\x0f" + bytes(20),
        b"\x82SNAPPY\x00" + bytes(8) + b"\x7f\xff\xff\xff",
    ],
)
def test_what_nobody_has_packed_is_called_corrupt(unpack: Callable[[bytes], bytes], packed: bytes) -> None:
    with pytest.raises(CorruptRecordException):
        unpack(packed)
