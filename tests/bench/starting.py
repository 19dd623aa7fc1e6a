"""`make run` on a machine that has run it before: until the first page answers."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from time import perf_counter

from agencynet.local import Local, Running
from tests.bench.ground import Ground
from tests.bench.http import Connection, request
from tests.bench.rows import Row
from tests.harness import eventually


async def measure(ground: Ground) -> Sequence[Row]:
    local = Local(ground.folder / "started")
    first = await _start(local)
    warm = await _start(local)
    return [
        Row("the first time, without a download", round(first, 1), "s"),
        Row("warm", round(warm, 1), "s", at_most=20),
    ]


async def _start(local: Local) -> float:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AGENCYNET_")}
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agencynet", "run", "--no-story"),
        env={**clean, "AGENCYNET_LOCAL": str(local.folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: _is_there(local), within=120)
        return perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def _is_there(local: Local) -> bool:
    running = local.running()
    return running is not None and len(running.services) >= 4 and await _answers(running)


async def _answers(running: Running) -> bool:
    try:
        connection = await Connection.to(running.services["directory"])
    except OSError:
        return False
    try:
        status, _ = await connection.send(request("/readyz"))
    finally:
        await connection.close()
    return status == 200
