"""Who stands by takes over at once, passes signals on, and neither outlives the other."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from agencynet.stack import Process
from tests.harness import eventually

pytestmark = pytest.mark.parts

_WORKS = """
import random, signal, sys, time
from shared.observing import logs
from shared.running import standby

def work():
    print("at work", random.random(), flush=True)
    time.sleep(float(sys.argv[1]))
    return int(sys.argv[2])

logs.configure("tested")
sys.exit(standby.serve(work))
"""


@asynccontextmanager
async def standing_by(folder: Path, seconds: float, code: int) -> AsyncIterator[Process]:
    process = Process(
        "standby", [sys.executable, "-c", _WORKS, str(seconds), str(code)], folder / "standby.log"
    )
    process.start()
    try:
        yield process
    finally:
        await process.kill()


def begun(process: Process) -> list[str]:
    return [line for line in process.last_lines() if line.startswith("at work")]


async def works(process: Process, times: int) -> int:
    async def look() -> int:
        return len(begun(process))

    await eventually(look, until=lambda count: count == times)
    assert process.worker
    assert process.worker != process.pid
    return process.worker


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_who_is_killed_is_followed_by_another_with_chances_of_its_own(tmp_path: Path) -> None:
    async with standing_by(tmp_path, 60, 0) as process:
        first = await works(process, 1)
        os.kill(first, signal.SIGKILL)
        second = await works(process, 2)
        assert second != first
        assert len(set(begun(process))) == 2, "the same random numbers"
        said = "\n".join(process.last_lines())
        assert '"worker.died"' in said
        assert '"code": 137' in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_who_is_told_to_end_is_not_followed(tmp_path: Path, number: signal.Signals) -> None:
    async with standing_by(tmp_path, 60, 0) as process:
        worker = await works(process, 1)
        process.signal(number)
        assert await asyncio.wait_for(process.exited(), 10) == 128 + number
        assert not is_there(worker)
        assert len(begun(process)) == 1


async def test_work_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    async with standing_by(tmp_path, 0, 0) as process:
        assert await asyncio.wait_for(process.exited(), 10) == 0
        assert len(begun(process)) == 1


async def test_who_dies_again_and_again_is_left_to_others(tmp_path: Path) -> None:
    async with standing_by(tmp_path, 0, 70) as process:
        assert await asyncio.wait_for(process.exited(), 10) == 70
        assert len(begun(process)) == 3


async def test_nobody_works_on_when_the_one_that_stands_by_is_killed(tmp_path: Path) -> None:
    async with standing_by(tmp_path, 60, 0) as process:
        worker = await works(process, 1)
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)

        async def gone() -> bool:
            return not is_there(worker)

        await eventually(gone)
