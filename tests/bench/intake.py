"""Staff records through the directory, beside a loop that is as safe and does nothing else, and beside what others
would write.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from services.directory.app import SPEC
from shared.consuming.membership import Membership
from shared.contracts.topics import STAFF_PREFIX, Topic, staff_topic
from shared.kafka import clients as kafka
from shared.mongo import Mongo
from shared.observing.health import Health
from shared.settings import ServiceSettings
from tests.bench import loops
from tests.bench.filling import AGENCY, join, prepared
from tests.bench.ground import Ground
from tests.bench.people import staff_messages
from tests.bench.rows import Row
from tests.harness import eventually, produce

ROUNDS = 3
Run = Callable[[ServiceSettings, Mongo, Topic, int], Awaitable[float]]


class Cost(NamedTuple):
    """A record's, in seconds: by the clock, and of both processors that work on it."""

    wall: float
    python: float
    mongod: float

    @property
    def cpu(self) -> float:
        return self.python + self.mongod


async def measure(ground: Ground) -> Sequence[Row]:
    """Each reads the same topic in turn, in this process, into an empty database."""
    settings, topic, records = await _published(ground, "intake", 30_000)
    bare, ours = await _in_turn(ground, settings, topic, records, [loops.bare, _directory])
    return [
        Row("directory", round(1 / ours.wall), "records/s"),
        Row("bare safe loop", round(1 / bare.wall), "records/s"),
        Row("directory × bare loop", round(bare.wall / ours.wall, 2), at_least=0.8),
        Row("the same by processor time", round(bare.cpu / ours.cpu, 2)),
        Row("directory's own time", round(ours.python * 1e6), "µs/record"),
        Row("mongod's time for it", round(ours.mongod * 1e6), "µs/record"),
        Row("bare loop's own time", round(bare.python * 1e6), "µs/record"),
        Row("mongod's time for it", round(bare.mongod * 1e6), "µs/record"),
    ]


async def measure_others(ground: Ground) -> Sequence[Row]:
    """The same records as FastStream would take them in, and with a transaction for each."""
    settings, topic, records = await _published(ground, "others", 15_000)
    ours, batch = await _in_turn(ground, settings, topic, records, [_directory, loops.faststream_batch])
    [single] = await _in_turn(ground, settings, topic, records // 5, [loops.faststream_single], rounds=1)
    [each] = await _in_turn(ground, settings, topic, records // 20, [loops.one_by_one], rounds=1)
    return [
        Row("FastStream, batches, unsafe bulk upsert", round(1 / batch.wall), "records/s"),
        Row("directory × that", round(batch.wall / ours.wall, 2), at_least=0.65),
        Row("FastStream, one message at a time", round(1 / single.wall), "records/s"),
        Row("directory × that", round(single.wall / ours.wall, 1)),
        Row("one transaction a message", round(1 / each.wall), "records/s"),
        Row("directory × that", round(each.wall / ours.wall, 1), at_least=10),
    ]


async def _published(ground: Ground, namespace: str, count: int) -> tuple[ServiceSettings, Topic, int]:
    settings, topic, records = ground.settings(namespace), staff_topic(AGENCY), ground.scaled(count)
    await kafka.create_topics(settings, [topic])
    await produce(settings, topic.name, staff_messages(AGENCY, records, ground.seed))
    return settings, topic, records


async def _in_turn(
    ground: Ground,
    settings: ServiceSettings,
    topic: Topic,
    records: int,
    runs: Sequence[Run],
    rounds: int = ROUNDS,
) -> list[Cost]:
    found: list[list[Cost]] = [[] for _ in runs]
    for _ in range(rounds):
        for costs, run in zip(found, runs, strict=True):
            costs.append(await _cost(ground, settings, topic, records, run))
    return [Cost(*(median(each) for each in zip(*costs, strict=True))) for costs in found]


async def _cost(ground: Ground, settings: ServiceSettings, topic: Topic, records: int, run: Run) -> Cost:
    async with prepared(settings) as mongo:
        python, mongod = process_time(), ground.cpu_of("mongodb")
        took = await run(settings, mongo, topic, records)
        used = process_time() - python, ground.cpu_of("mongodb") - mongod
    return Cost(took / records, *(seconds / records for seconds in used))


async def _directory(settings: ServiceSettings, mongo: Mongo, _topic: Topic, records: int) -> float:
    await join(mongo)
    return await directory(settings, mongo, records)


async def directory(settings: ServiceSettings, mongo: Mongo, records: int) -> float:
    """The directory's own consumer and handlers; its relay and search run in no side of the comparison."""
    before = await loops.progress(mongo)
    subscriptions = [each for each in SPEC.subscriptions if each.pattern.startswith(STAFF_PREFIX[:5])]
    # Nobody takes from the outbox here.
    consumer = Membership(settings, mongo, "directory", subscriptions, Health(), max_unpublished=None)
    running = asyncio.create_task(consumer.run())
    started = await loops.first(mongo)
    await eventually(lambda: loops.progress(mongo), until=lambda done: done >= before + records, within=300)
    took = perf_counter() - started
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return took
