"""The intake by the number of people already there, and by the number of consumers."""

import asyncio
import os
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from shared.contracts.topics import staff_topic
from shared.kafka import clients as kafka
from shared.mongo import Mongo
from tests.bench import loops
from tests.bench.filling import AGENCY, fill, join, prepared
from tests.bench.ground import Ground
from tests.bench.intake import directory
from tests.bench.people import staff_messages
from tests.bench.rows import Row
from tests.harness import eventually, produce

_NEW = 10_000
_FIRST_NEW = 1_000_000


async def measure(ground: Ground) -> Sequence[Row]:
    """10,000 new employees at a time: with few people there, with many, and with few again, which tells what the
    machine has done meanwhile.
    """
    settings, topic = ground.settings("flat"), staff_topic(AGENCY)
    few, many, new = ground.scaled(10_000), ground.scaled(300_000), ground.scaled(_NEW)
    await kafka.create_topics(settings, [topic])
    taken = 0
    seconds: dict[int, list[float]] = {few: [], many: []}

    async def take(mongo: Mongo, people: int) -> None:
        nonlocal taken
        start = _FIRST_NEW + taken
        await produce(settings, topic.name, staff_messages(AGENCY, new, ground.seed, start))
        seconds[people].append(await directory(settings, mongo, new))
        taken += new

    async with prepared(settings) as mongo:
        await join(mongo)
        await fill(mongo, 0, few, ground.seed)
        for _ in range(3):
            await take(mongo, few)
        ground.say(f"  {few:,} people; now {many:,} …")
        await fill(mongo, few, many, ground.seed)
        for _ in range(3):
            await take(mongo, many)
    slow, fast = median(seconds[many]), median(seconds[few])
    return [
        Row(f"{few:,} people there", round(new / fast), "records/s"),
        Row(f"{many:,} people there", round(new / slow), "records/s"),
        Row("the second × the first", round(fast / slow, 2), at_least=0.9),
    ]


async def measure_consumers(ground: Ground) -> Sequence[Row]:
    """Processes of their own on two partitions."""
    records = ground.scaled(30_000)
    rates = [await _with_consumers(ground, count, records) for count in (1, 2)]
    return [
        Row("1 process", round(rates[0]), "records/s"),
        Row("2 processes", round(rates[1]), "records/s"),
        Row("2 × 1", round(rates[1] / rates[0], 2)),
    ]


async def _with_consumers(ground: Ground, count: int, records: int) -> float:
    settings, topic = ground.settings(f"consumers{count}"), staff_topic(AGENCY)
    await kafka.create_topics(settings, [topic])
    # One record a partition, so that every consumer is known to be there before the load.
    early = ground.scaled(1_000)
    async with prepared(settings) as mongo:
        await join(mongo)
        await produce(settings, topic.name, staff_messages(AGENCY, early, ground.seed))
        environment = {
            **os.environ,
            "AGENCYNET_KAFKA": settings.kafka,
            "AGENCYNET_MONGODB": settings.mongodb,
            "AGENCYNET_NAMESPACE": settings.namespace,
        }
        command = [sys.executable, "-m", "tests.bench.consumer_process"]
        processes = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(count)]
        try:
            await eventually(lambda: loops.progress(mongo), until=lambda done: done >= early, within=60)
            # Until the last has joined: a rebalance takes a heartbeat.
            await asyncio.sleep(5)
            messages = list(staff_messages(AGENCY, records, ground.seed, _FIRST_NEW))
            began = perf_counter()
            await produce(settings, topic.name, messages)
            await eventually(
                lambda: loops.progress(mongo), until=lambda done: done >= early + records, within=300
            )
            return records / (perf_counter() - began)
        finally:
            for process in processes:
                process.terminate()
            await asyncio.gather(*(process.wait() for process in processes))
