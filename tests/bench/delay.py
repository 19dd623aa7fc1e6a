"""From a staff record on Kafka to where people see it: found by search, in every service's copy, and as the card
of who is alone by it, or is no longer; with nothing else going on, and while 50,000 records are being taken in.
The second is also when memory is looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter, time_ns

from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import staff_topic
from shared.mongo import Mongo
from tests.bench.ground import Ground
from tests.bench.http import connections, request
from tests.bench.people import staff_messages, staff_records
from tests.bench.rows import Row, spread
from tests.harness import eventually, produce, publish

_AGENCY = "csn"
_COPIES = ("events", "courses", "notify")
_WHAT = ("found by search", "in every copy", "alone: the card is there", "no longer alone: it is gone")
_IDLE_MB, _LOADED_MB = 150, 300
# At an agency of its own: a feed in which roles change hands is waited for until it is quiet. Nobody else who is
# hired here has an assignment.
_LONELY, _ALONE, _HELD_ALONE = "spv", "alone", "dataskyddsombud"


async def measure(ground: Ground) -> Sequence[Row]:
    await ground.network()
    async with _watch(ground) as watch:
        idle = ground.resident_mb()
        await watch.settle_first()
        took = *await watch.probes(ground.scaled(60), start=900_000), *await watch.turns(ground.scaled(60))
    return [
        *(row for what, seconds in zip(_WHAT, took, strict=True) for row in spread(what, seconds, p95=1_000)),
        *(Row(f"{name}, idle", mb, "MB", at_most=_IDLE_MB) for name, mb in idle.items()),
    ]


async def measure_loaded(ground: Ground) -> Sequence[Row]:
    await ground.network()
    settings, records = ground.settings(), ground.scaled(50_000)
    agency = next(slug for slug in sorted(ground.tokens) if slug not in (_AGENCY, _LONELY))
    most: dict[str, int] = {}
    async with _watch(ground) as watch:
        await watch.settle_first()
        looking = asyncio.create_task(_highest(ground, most))
        messages = list(staff_messages(agency, records, ground.seed, 2_000_000))
        began = perf_counter()
        await produce(settings, staff_topic(agency).name, messages)
        everywhere = asyncio.create_task(watch.until_everywhere(agency, 2_000_000, records))
        took: list[list[float]] = [[], [], [], []]
        while not everywhere.done():
            some, others = await asyncio.gather(watch.probes(1, start=910_000 + len(took[0])), watch.turns(1))
            for series, seconds in zip(took, (*some, *others), strict=True):
                series.extend(seconds)
        await everywhere
        lasted = perf_counter() - began
        looking.cancel()
    return [
        Row("until all are in every copy", round(lasted, 1), "s"),
        *(row for what, seconds in zip(_WHAT, took, strict=True) for row in spread(what, seconds, p95=5_000)),
        *(Row(f"{name}, at its most", mb, "MB", at_most=_LOADED_MB) for name, mb in most.items()),
    ]


async def _highest(ground: Ground, most: dict[str, int]) -> None:
    while True:
        for name, mb in ground.resident_mb().items():
            most[name] = max(mb, most.get(name, 0))
        await asyncio.sleep(0.2)


class _Watch:
    def __init__(self, ground: Ground, databases: Sequence[Mongo]) -> None:
        self._ground = ground
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

    async def settle_first(self) -> None:
        """Somebody is alone, and has a peer to be told of. An agency's first load is waited for, so this is not
        measured.
        """
        await self._hold(_AGENCY, "peer", _HELD_ALONE)
        await self._hold(_LONELY, _ALONE, _HELD_ALONE)
        await self._card(there=True)

    async def turns(self, count: int) -> tuple[list[float], list[float]]:
        """A colleague comes to who is alone, and goes, over and over: seconds until the card is gone, and until
        it is there again.
        """
        gone: list[float] = []
        there: list[float] = []
        for held, took in (((_HELD_ALONE,), gone), ((), there)) * count:
            began = perf_counter()
            await self._hold(_LONELY, "colleague", *held)
            await self._card(there=not held)
            took.append(perf_counter() - began)
        return there, gone

    async def _hold(self, agency: str, employee_id: str, *assignments: str) -> None:
        [anybody] = staff_records(1, self._ground.seed)
        changes = {"employee_id": employee_id, "version": time_ns(), "assignments": assignments}
        await publish(self._ground.settings(), staff_topic(agency), anybody.model_copy(update=changes))

    async def _card(self, *, there: bool) -> None:
        path = f"/directory/v1/people/{person_id(_LONELY, _ALONE)}/card"
        await self._ask(path, until=lambda answer: answer[0] == (200 if there else 404))

    async def _ask(self, path: str, until: Callable[[tuple[int, bytes]], bool]) -> None:
        """Over a connection of its own: one that nothing is asked on is closed after five seconds."""
        question = request(path, self._token)
        async with connections(self._ground.system.urls["directory"], 1) as [connection]:
            await eventually(lambda: connection.send(question), within=60, until=until)

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
        id_ = f'"{person_id(_AGENCY, record.employee_id)}"'.encode()
        await self._ask(f"/directory/v1/people?q={record.phone}", until=lambda answer: id_ in answer[1])
        return perf_counter() - began

    async def _copied(self, mongo: Mongo, record: StaffRecord, began: float) -> float:
        id_ = person_id(_AGENCY, record.employee_id)
        await eventually(lambda: mongo.db.people.find_one({"_id": id_}), within=60)
        return perf_counter() - began


@asynccontextmanager
async def _watch(ground: Ground) -> AsyncIterator[_Watch]:
    databases = [Mongo(ground.settings(), name) for name in _COPIES]
    try:
        yield _Watch(ground, databases)
    finally:
        for mongo in databases:
            mongo.close()
