"""A flood of records: memory stays flat and people are answered as fast as before."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import httpx2

from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.rows.again import read, sent
from tests.faults.scene import Scene

_RECORDS = 50_000
# A fast machine has had less of the load by now than a whole run is to have; it gets the rest here.
_MOST_RECORDS = 60_000
_IN_ALL = 101_000
_MOST_MEGABYTES = 300
_EVERY = 0.05
# Of fewer answers the 99th percentile is the slowest, which chance decides.
_QUIET_SECONDS = 15
_MOST_TIMES = 2
# Or this much, where the flood takes all of the processors (docs/decisions/0022).
_MOST_SECONDS = 0.5


async def flood(scene: Scene) -> None:
    quiet = await _answered_within(scene, asyncio.create_task(asyncio.sleep(_QUIET_SECONDS)))
    wanted = min(max(_RECORDS, _IN_ALL - scene.load.ledger.records), _MOST_RECORDS)
    for number in range(wanted):
        agency = scene.load.agencies[number % len(scene.load.agencies)]
        await scene.load.publish(Employee(agency, STAGE + number // 3 % (scene.load.staff - STAGE)))
    taken_in = asyncio.create_task(_all_is_read(scene))
    watching = asyncio.create_task(_most_memory(scene))
    try:
        busy = await _answered_within(scene, taken_in)
        scene.measured("taken in after s", await taken_in)
    finally:
        watching.cancel()
    memory = await watching
    name = max(memory, key=lambda node: memory[node])
    scene.measured("records", wanted)
    scene.measured("p99 quiet ms", quiet * 1_000)
    scene.measured("p99 flooded ms", busy * 1_000)
    scene.measured("most memory MB", memory[name])
    scene.require(memory[name] <= _MOST_MEGABYTES, f"{name} took {memory[name]} MB")
    scene.require(
        busy <= max(_MOST_TIMES * quiet, _MOST_SECONDS),
        f"answers took {busy:.2f} s in the flood, {busy / quiet:.2f} times as long as before it",
    )


async def _all_is_read(scene: Scene) -> float:
    """Not yet whether each has arrived: to ask for so many takes from the processors that take them in."""
    began = scene.now()
    await scene.load.flush()
    await read(scene, sent(scene))
    return scene.now() - began


async def _answered_within(scene: Scene, while_: asyncio.Task[object]) -> float:
    """The 99th percentile of reading one person, in seconds."""
    took: list[float] = []
    who = Employee(scene.load.agencies[0], STAGE)
    headers = {"Authorization": f"Bearer {scene.stage.tokens[who.agency]}"}
    async with httpx2.AsyncClient(timeout=30) as http:
        while not while_.done():
            node = scene.rng.choice(scene.cluster.of("directory"))
            began = monotonic()
            answer = await http.get(f"{node.url}/directory/v1/people/{who.id}", headers=headers)
            scene.require(answer.status_code == 200, f"a person is answered with {answer.status_code}")
            took.append(monotonic() - began)
            await asyncio.sleep(_EVERY)
    return sorted(took)[int(len(took) * 0.99) - 1]


async def _most_memory(scene: Scene) -> dict[str, int]:
    most: dict[str, int] = {}
    try:
        while True:
            for node in scene.cluster.nodes:
                if node.alive:
                    most[node.name] = max(most.get(node.name, 0), _resident(node.pid or 0))
            await asyncio.sleep(0.5)
    except asyncio.CancelledError:
        return most


def _resident(pid: int) -> int:
    """Megabytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)


ROWS = (Row("backlog", "at most 300 MB a process; HTTP p99 not doubled, or 0.5 s", flood, short=False),)
