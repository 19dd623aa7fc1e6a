"""From a staff record on Kafka to where people see it: found by search, and in every service's copy; with nothing
else going on, and while 50,000 records are being taken in. The second is also when memory is looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import staff_topic
from shared.mongo import Mongo
from tests.bench.ground import Ground
from tests.bench.http import Connection, request
from tests.bench.people import staff_messages, staff_records
from tests.bench.rows import Row, spread
from tests.harness import eventually, produce, publish

_AGENCY = "csn"
_COPIES = ("events", "courses", "notify")
_IDLE_MB, _LOADED_MB = 150, 300


async def measure(ground: Ground) -> Sequence[Row]:
    await ground.network()
    async with _watch(ground) as watch:
        idle = ground.resident_mb()
        found, copied = await watch.probes(ground.scaled(60), start=900_000)
    return [
        *spread("found by search", found, p95=1_000),
        *spread("in every copy", copied, p95=1_000),
        *(Row(f"{name}, idle", mb, "MB", at_most=_IDLE_MB) for name, mb in idle.items()),
    ]


async def measure_loaded(ground: Ground) -> Sequence[Row]:
    await ground.network()
    settings, records = ground.settings(), ground.scaled(50_000)
    agency = next(slug for slug in sorted(ground.tokens) if slug != _AGENCY)
    most: dict[str, int] = {}
    async with _watch(ground) as watch:
        looking = asyncio.create_task(_highest(ground, most))
        messages = list(staff_messages(agency, records, ground.seed, 2_000_000))
        began = perf_counter()
        await produce(settings, staff_topic(agency).name, messages)
        everywhere = asyncio.create_task(watch.until_everywhere(agency, 2_000_000, records))
        found: list[float] = []
        copied: list[float] = []
        while not everywhere.done():
            more = await watch.probes(1, start=910_000 + len(found))
            found += more[0]
            copied += more[1]
        await everywhere
        took = perf_counter() - began
        looking.cancel()
    return [
        Row("until all are in every copy", round(took, 1), "s"),
        *spread("found by search", found, p95=5_000),
        *spread("in every copy", copied, p95=5_000),
        *(Row(f"{name}, at its most", mb, "MB", at_most=_LOADED_MB) for name, mb in most.items()),
    ]


async def _highest(ground: Ground, most: dict[str, int]) -> None:
    while True:
        for name, mb in ground.resident_mb().items():
            most[name] = max(mb, most.get(name, 0))
        await asyncio.sleep(0.2)


class _Watch:
    def __init__(self, ground: Ground, connection: Connection, databases: Sequence[Mongo]) -> None:
        self._ground = ground
        self._connection = connection
        self._databases = databases
        self._token = ground.tokens[_AGENCY]

    async def probes(self, count: int, start: int) -> tuple[list[float], list[float]]:
        """New employees, one after the other: seconds until found, and until in the last of the copies."""
        found: list[float] = []
        copied: list[float] = []
        for record in staff_records(count, self._ground.seed, start):
            began = perf_counter()
            await publish(self._ground.settings(), staff_topic(_AGENCY), record)
            took = await asyncio.gather(
                self._found(record, began), *(self._copied(mongo, record, began) for mongo in self._databases)
            )
            found.append(took[0])
            copied.append(max(took[1:]))
        return found, copied

    async def until_everywhere(self, agency: str, start: int, count: int) -> None:
        """Each has the last of every thousand, and so, most likely, all."""
        ids = [person_id(agency, f"e{start + n}") for n in range(count) if n % 1_000 == 999 or n == count - 1]
        for mongo in self._databases:
            query = {"_id": {"$in": ids}}
            await eventually(
                lambda mongo=mongo, query=query: mongo.db.people.count_documents(query),
                until=lambda have: have == len(ids),
                within=300,
            )

    async def _found(self, record: StaffRecord, began: float) -> float:
        question = request(f"/directory/v1/people?q={record.phone}", self._token)

        async def look() -> bool:
            _, body = await self._connection.send(question)
            return f'"{person_id(_AGENCY, record.employee_id)}"'.encode() in body

        await eventually(look, within=60)
        return perf_counter() - began

    async def _copied(self, mongo: Mongo, record: StaffRecord, began: float) -> float:
        id_ = person_id(_AGENCY, record.employee_id)
        await eventually(lambda: mongo.db.people.find_one({"_id": id_}), within=60)
        return perf_counter() - began


@asynccontextmanager
async def _watch(ground: Ground) -> AsyncIterator[_Watch]:
    databases = [Mongo(ground.settings(), name) for name in _COPIES]
    connection = await Connection.to(ground.system.urls["directory"])
    try:
        yield _Watch(ground, connection, databases)
    finally:
        await connection.close()
        for mongo in databases:
            mongo.close()
