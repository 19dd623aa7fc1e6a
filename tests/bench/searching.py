"""Search over HTTP at 50 questions a second, over more and more people; how long a directory takes to begin, and
how long a change takes until each of two replicas finds it.
"""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

import psutil

from agencynet import operations
from agencynet.stack import Process
from agencynet.stack.ports import free_port
from services.directory.agencies.handlers.agencies import create_token
from services.directory.vocabulary import ROLES
from shared.contracts.ids import person_id
from shared.contracts.topics import staff_topic
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.bench.filling import AGENCY, fill, join, prepared
from tests.bench.ground import Ground
from tests.bench.http import Connection, at_a_rate, connections, request
from tests.bench.people import FAMILY, GIVEN, PLACES, staff_records
from tests.bench.rows import Row, spread
from tests.harness import eventually, publish

_PER_SECOND = 50
_QUESTIONS = 500
_STEPS = (10_000, 100_000, 300_000)


async def measure(ground: Ground) -> Sequence[Row]:
    settings = ground.settings("search")
    await operations.apply_topics(settings)
    rows: list[Row] = []
    async with prepared(settings) as mongo:
        await join(mongo)
        token = await _token(mongo)
        there = 0
        for step in _STEPS:
            people = ground.scaled(step)
            await fill(mongo, there, people, ground.seed)
            there = people
            rows += await _over(ground, settings, token, people, is_last=step == _STEPS[-1])
    return rows


async def _over(
    ground: Ground, settings: ServiceSettings, token: str, people: int, *, is_last: bool
) -> Sequence[Row]:
    began = perf_counter()
    changes: list[Row] = []
    async with _directory(ground, settings, token) as (url, pid):
        ready = perf_counter() - began
        questions = [request(f"/directory/v1/people?q={quote(q)}", token) for q in _asked(ground)]
        await at_a_rate(url, questions[:50], _PER_SECOND)
        took = await at_a_rate(url, questions, _PER_SECOND)
        resident = round(psutil.Process(pid).memory_info().rss / 1e6)
        if is_last:
            async with _directory(ground, settings, token) as (other, _):
                found = await _changes(ground, settings, token, (url, other))
                changes += spread(f"{people:,} people: a change is found on both replicas", found, p95=1_000)
    name = f"{people:,} people"
    return [
        *spread(name, took, **({"p95": 25} if is_last else {})),
        Row(f"{name}: from start to the first answer", round(ready, 1), "s"),
        Row(f"{name}: resident", resident, "MB"),
        *changes,
    ]


async def _changes(
    ground: Ground, settings: ServiceSettings, token: str, replicas: Sequence[str]
) -> list[float]:
    """Somebody known changes their number, one after the other: seconds from the record on Kafka until the last
    replica finds them by it.
    """
    took: list[float] = []
    for number, record in enumerate(staff_records(ground.scaled(100), ground.seed)):
        phone = f"060-9{number:06}"
        id_ = f'"{person_id(AGENCY, record.employee_id)}"'.encode()
        question = request(f"/directory/v1/people?q={phone}", token)

        async def found(url: str, question: bytes = question, id_: bytes = id_) -> None:
            async with connections(url, 1) as [connection]:
                await eventually(
                    lambda: connection.send(question), within=60, until=lambda answer: id_ in answer[1]
                )

        began = perf_counter()
        changed = record.model_copy(update={"version": 2, "phone": phone})
        await publish(settings, staff_topic(AGENCY), changed)
        await asyncio.gather(*(found(url) for url in replicas))
        # The first waits until the feed that has just been declared is seen.
        took.append(perf_counter() - began)
    return took[1:]


def _asked(ground: Ground) -> list[str]:
    """What people ask: a role and a place, a name, part of one, a misspelt one, a number."""
    rng = random.Random(ground.seed)
    roles = [name for role in ROLES.values() for name in (role.sv, *role.synonyms)]
    kinds = (
        lambda: f"{rng.choice(roles)} {rng.choice(PLACES)}",
        lambda: f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}",
        lambda: rng.choice(FAMILY)[:4],
        lambda: _misspelt(rng, rng.choice(FAMILY)),
        lambda: rng.choice(roles),
        lambda: f"060-{rng.randrange(10_000_000):07}",
    )
    return [rng.choice(kinds)() for _ in range(_QUESTIONS)]


def _misspelt(rng: random.Random, word: str) -> str:
    at = rng.randrange(1, max(2, len(word) - 1))
    return word[:at] + word[at + 1 :]


async def _token(mongo: Mongo) -> str:
    scopes = ["directory:read"]
    token, _ = await mongo.transact(lambda tx: create_token(tx, AGENCY, "bench", scopes, datetime.now(UTC)))
    return token


@asynccontextmanager
async def _directory(ground: Ground, settings: ServiceSettings, token: str) -> AsyncIterator[tuple[str, int]]:
    """Yields its address and process id when it answers a search."""
    port = free_port()
    process = Process(
        "The directory that is searched",
        [sys.executable, "-m", "agencynet", "serve", "directory", "--port", str(port)],
        Path(ground.folder) / f"searched-{port}.log",
        env={
            **os.environ,
            "AGENCYNET_KAFKA": settings.kafka,
            "AGENCYNET_MONGODB": settings.mongodb,
            "AGENCYNET_NAMESPACE": settings.namespace,
            "AGENCYNET_LOG_LEVEL": "warning",
        },
    )
    process.start()
    url = f"http://127.0.0.1:{port}"
    try:
        await eventually(lambda: _answers(url, token), within=300)
        assert process.worker
        yield url, process.worker
    finally:
        await process.stop()


async def _answers(url: str, token: str) -> bool:
    try:
        connection = await Connection.to(url)
    except OSError:
        return False
    try:
        status, _ = await connection.send(request("/directory/v1/people?q=a", token))
    finally:
        await connection.close()
    return status == 200
