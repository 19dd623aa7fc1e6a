"""Reading a person by id, against the least that FastAPI and Motor can do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import repeat
from statistics import median

import psutil

from agencynet.stack.ports import free_port
from shared.contracts.ids import person_id
from shared.contracts.topics import staff_topic
from shared.mongo import Mongo
from tests.bench.ground import Ground
from tests.bench.http import Connection, as_fast_as_answered, request
from tests.bench.people import staff_records
from tests.bench.rows import Row
from tests.harness import eventually, publish

_AGENCY = "spv"
_CLIENTS = 16
_ROUNDS = 5


async def measure(ground: Ground) -> Sequence[Row]:
    system = await ground.network()
    settings = ground.settings()
    [record] = staff_records(1, ground.seed, 500_000)
    await publish(settings, staff_topic(_AGENCY), record)
    id_ = person_id(_AGENCY, record.employee_id)
    mongo = Mongo(settings, "directory")
    await eventually(lambda: mongo.db.people.find_one({"_id": id_}), within=120)
    mongo.close()
    count = ground.scaled(4_000)
    ours = request(f"/directory/v1/people/{id_}", ground.tokens[_AGENCY])
    async with _bare(settings.mongodb) as (url, pid):
        plain = request(f"/people/{id_}")
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        cpu: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(_ROUNDS):
            for name, where, message, process in (
                ("bare", url, plain, pid),
                ("ours", system.urls["directory"], ours, system.services["directory"].worker),
            ):
                before = _seconds(process)
                _, took = await as_fast_as_answered(where, repeat(message, count), _CLIENTS, _must_be_ok)
                rates[name].append(count / took)
                cpu[name].append((_seconds(process) - before) / count)
    ratio = median(o / b for o, b in zip(rates["ours"], rates["bare"], strict=True))
    return [
        Row("a person by id", round(median(rates["ours"])), "requests/s"),
        Row("bare FastAPI and Motor", round(median(rates["bare"])), "requests/s"),
        Row("ours × bare", round(ratio, 2), at_least=0.7),
        Row("ours, processor", round(median(cpu["ours"]) * 1e6), "µs/request"),
        Row("bare, processor", round(median(cpu["bare"]) * 1e6), "µs/request"),
    ]


def _seconds(pid: int | None) -> float:
    return sum(psutil.Process(pid).cpu_times()[:2])


def _must_be_ok(status: int, body: bytes) -> None:
    if status != 200:
        raise RuntimeError(f"answered {status}: {body[:200]!r}")


@asynccontextmanager
async def _bare(mongodb: str) -> AsyncIterator[tuple[str, int]]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.bare_api", mongodb, str(port)), env={**os.environ}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await eventually(lambda: _answers(url), within=120)
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> bool:
    try:
        connection = await Connection.to(url)
    except OSError:
        return False
    await connection.close()
    return True
