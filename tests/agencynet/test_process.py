import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from agencynet.stack.errors import CannotStart
from agencynet.stack.process import Process, did_not_start, listening

pytestmark = pytest.mark.parts


def python(code: str, log: Path, *arguments: str | Path) -> Process:
    return Process("Snake", [sys.executable, "-c", code, *arguments], log / "snake.log")


async def until(true: Callable[[], object], within: float = 10.0) -> None:
    deadline = monotonic() + within
    while not true():
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPS


async def test_it_starts_again_after_its_end_and_keeps_the_log_before(tmp_path: Path) -> None:
    process = python("import os; print('I am', os.getpid())", tmp_path)
    pids: list[int | None] = []
    for _ in range(2):
        process.start()
        assert await process.exited() == 0
        assert process.last_lines() == [f"I am {process.pid}"]
        pids.append(process.pid)
    assert (tmp_path / "snake.log.1").read_text() == f"I am {pids[0]}\n"


async def test_ctrl_c_in_our_terminal_does_not_reach_it(tmp_path: Path) -> None:
    process = python(SLEEPS, tmp_path)
    process.start()
    assert process.pid
    assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
    await process.stop()
    assert process.exit_code == -signal.SIGTERM
    await process.stop()


async def test_sigint_ends_it_where_we_were_started_to_ignore_it(tmp_path: Path) -> None:
    process = python(SLEEPS, tmp_path)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, before)
    await until(process.last_lines)
    process.signal(signal.SIGINT)
    await until(lambda: not process.alive())
    assert process.exit_code == -signal.SIGINT


async def test_what_does_not_heed_sigterm_is_killed(tmp_path: Path) -> None:
    process = python(DEAF, tmp_path)
    process.start()
    await until(process.last_lines)
    await process.stop(within=0.2)
    assert process.exit_code == -signal.SIGKILL


async def test_it_ends_when_we_are_killed(tmp_path: Path) -> None:
    parent = python(
        f"""
import sys, time
from pathlib import Path
from agencynet.stack.process import Process
child = Process("child", [sys.executable, "-c", {SLEEPS!r}], Path(sys.argv[1]))
child.start()
while not child.last_lines():
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(60)
""",
        tmp_path,
        tmp_path / "child.log",
    )
    parent.start()
    await until(parent.last_lines)
    child = int(parent.last_lines()[0])
    assert parent.pid
    os.kill(parent.pid, signal.SIGKILL)
    await until(
        lambda: not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()
    )


async def test_an_early_end_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = python("raise OSError('[Errno 98] Address already in use')", tmp_path)
    process.start()
    with pytest.raises(CannotStart) as told:
        await listening(process, 1, 10, "Do this.")
    assert str(told.value).startswith("Another program took the port of Snake")
    assert str(told.value).endswith("snake.log says more. Do this.")
    assert "[Errno 98]" in told.value.details


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("java.io.IOException: No space left on device", "the disk is full"),
        ("mongod: error while loading shared libraries: libcrypto.so.3", "a system library"),
        ("what?", "Snake did not start."),
    ],
)
async def test_the_reason_is_read_from_the_log(tmp_path: Path, line: str, says: str) -> None:
    process = python("import sys; print(sys.argv[1])", tmp_path, line)
    process.start()
    await process.exited()
    assert says in str(did_not_start(process, ""))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"Snake can't be started.*/no/such/program"):
        Process("Snake", ["/no/such/program"], tmp_path / "log").start()
