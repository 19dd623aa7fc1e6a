"""From a staff record on Kafka to where people see it: found by search, and in every service's copy."""

import asyncio
from statistics import quantiles
from time import perf_counter
from typing import Any

import httpx2
import psutil

from agencynet import operations
from agencynet.system import System
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import staff_topic
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.bench.people import staff_records
from tests.harness import eventually, publish, system

AGENCY = "csn"
COPIES = ("events", "courses", "notify")


async def measure(running: System, settings: ServiceSettings, changes: int = 60) -> dict[str, Any]:
    """One new employee at a time, with nothing else going on."""
    token, _ = await operations.create_token(settings, AGENCY, "bench", ["directory:read"])
    topic = staff_topic(AGENCY)
    found: list[float] = []
    copied: list[float] = []
    databases = {name: Mongo(settings, name) for name in COPIES}
    url = running.urls["directory"]
    async with httpx2.AsyncClient(base_url=url, headers=system(token), timeout=10) as http:
        await eventually(lambda: _answers(http), within=30)
        for record in staff_records(changes, start=900_000, seed=3):
            started = perf_counter()
            await publish(settings, topic, record)
            took = await asyncio.gather(
                _found(http, record, started),
                *(_copied(mongo, record, started) for mongo in databases.values()),
            )
            found.append(took[0])
            copied.append(max(took[1:]))
    for mongo in databases.values():
        mongo.close()
    return {
        "found_by_search_s": _spread(found),
        "in_every_copy_s": _spread(copied),
        "budget_p95_s": 1.0,
        "resident_mb": {name: _resident(process.pid) for name, process in running.services.items()},
        "budget_resident_mb": 150,
    }


async def _answers(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/directory/v1/people", params={"q": "a"})).status_code == 200


async def _found(http: httpx2.AsyncClient, record: StaffRecord, started: float) -> float:
    async def look() -> bool:
        answer = await http.get("/directory/v1/people", params={"q": record.phone})
        return bool(answer.json()["items"])

    await eventually(look, within=30)
    return perf_counter() - started


async def _copied(mongo: Mongo, record: StaffRecord, started: float) -> float:
    id_ = person_id(AGENCY, record.employee_id)
    await eventually(lambda: mongo.db.people.find_one({"_id": id_}), within=30)
    return perf_counter() - started


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100)
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


def _resident(pid: int | None) -> int:
    return round(psutil.Process(pid).memory_info().rss / 1e6)
