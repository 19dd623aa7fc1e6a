"""Search over HTTP at 50 questions a second, over more and more people; and how long a directory takes to begin."""

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
from services.directory.handlers.agencies import create_token
from services.directory.vocabulary import ROLES
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.bench.filling import AGENCY, fill, join, prepared
from tests.bench.ground import Ground
from tests.bench.http import Connection, at_a_rate, request
from tests.bench.people import FAMILY, GIVEN, PLACES
from tests.bench.rows import Row, spread
from tests.harness import eventually

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
    async with _directory(ground, settings, token) as (url, pid):
        ready = perf_counter() - began
        questions = [request(f"/directory/v1/people?q={quote(q)}", token) for q in _asked(ground)]
        await at_a_rate(url, questions[:50], _PER_SECOND)
        took = await at_a_rate(url, questions, _PER_SECOND)
        resident = round(psutil.Process(pid).memory_info().rss / 1e6)
    name = f"{people:,} people"
    return [
        *spread(name, took, **({"p95": 25} if is_last else {})),
        Row(f"{name}: from start to the first answer", round(ready, 1), "s"),
        Row(f"{name}: resident", resident, "MB"),
    ]


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
        Path(ground.folder) / "searched.log",
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
        assert process.pid
        yield url, process.pid
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
