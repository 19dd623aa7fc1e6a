"""`agencynet run` as a person uses it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from agencynet.local import SERVICES, Local
from tests.harness import eventually

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]


@asynccontextmanager
async def agencynet(folder: Path, *words: str) -> AsyncIterator[tuple[Process, Path]]:
    """The program in the background, and where it writes."""
    said = folder.parent / "said.txt"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AGENCYNET_")}
    with said.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "agencynet", *words),
            stdout=output,
            stderr=output,
            env={**clean, "AGENCYNET_LOCAL": str(folder), "COLUMNS": "200"},
        )
    try:
        yield process, said
    finally:
        if process.returncode is None:
            # Not SIGINT: a background shell has it ignored until the program listens for it itself.
            process.send_signal(signal.SIGTERM)
            await process.wait()


def text_of(path: Path) -> str:
    return path.read_text()


async def until_it_says(said: Path, words: str, process: Process) -> str:
    async def look() -> str:
        text = text_of(said)
        assert process.returncode is None, text
        return text

    return await eventually(look, until=lambda text: words in text, within=60)


def serving(folder: Path) -> dict[str, int]:
    """The services of the run in this folder that are alive: name to the process that stands by."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            mine = str(folder) in (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        # Its worker has the same words, but no session of its own.
        if "serve" in words and mine and os.getsid(int(entry.name)) == int(entry.name):
            found[words[words.index("serve") + 1]] = int(entry.name)
    return found


async def test_ctrl_c_stops_all_cleanly_and_the_next_run_finds_its_data_until_a_service_dies(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "local"
    async with agencynet(folder, "run", "--no-story") as (process, said):
        text = await until_it_says(said, "Ctrl-C stops everything", process)
        assert "What to try" in text
        assert len(serving(folder)) == 5
        token = json.loads(text_of(folder / "tokens.json"))["spv"]
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert "Everything is stopped." in text_of(said)
    assert serving(folder) == {}
    for service in SERVICES:
        assert '"service.stopped"' in text_of(Local(folder).logs / f"{service}.log").splitlines()[-1]
    assert not (folder / "run.json").exists()

    async with agencynet(folder, "run", "--no-story") as (process, said):
        text = await until_it_says(said, "Ctrl-C stops everything", process)
        assert "joins" not in text, "the agencies are there already"
        directory = json.loads(text_of(folder / "run.json"))["services"]["directory"]
        async with httpx2.AsyncClient() as http:
            answer = await http.get(
                f"{directory}/directory/v1/agencies", headers={"Authorization": f"Bearer {token}"}
            )
        assert len(answer.json()["items"]) == 9
        os.kill(serving(folder)["courses"], signal.SIGKILL)
        assert await asyncio.wait_for(process.wait(), 30) == 1
    text = text_of(said)
    assert "The service courses was ended by signal 9, so everything is being stopped." in text
    assert "service.started" in text, "the end of its log is shown"
    assert "Traceback" not in text
    assert serving(folder) == {}
