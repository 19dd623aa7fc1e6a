"""Three mongods that are one replica set, to lose one of."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from agencynet.stack import CannotStart, Process
from agencynet.stack.folder import make_folder
from agencynet.stack.mongodb import command
from agencynet.stack.ports import free_port
from agencynet.stack.process import listening

# As docs/operating.md has it, and docs/decisions/0019 explains it.
_SETTINGS = {"electionTimeoutMillis": 5_000, "catchUpTimeoutMillis": 1_000, "heartbeatIntervalMillis": 250}
_PARAMETERS = ("--setParameter", "oplogNetworkTimeoutBufferSeconds=1")
# One that is stopped does not answer, and the others should be asked meanwhile.
_HELLO_SECONDS = 0.5
_ANSWER_SECONDS = 8.0
_NAME = "rs0"
_PATIENCE = 60.0
# Seconds; a member's time has none smaller, and the one who asks knows the others by their heartbeats.
_BEHIND = 1
MEMBERS = (1, 2, 3)


def folder_of(data: Path, number: int) -> Path:
    return data / f"mongodb-{number}"


@dataclass
class ReplicaSet:
    members: dict[int, Process] = field(default_factory=dict[int, Process])
    """By port."""
    folders: dict[int, Path] = field(default_factory=dict[int, Path])

    @property
    def url(self) -> str:
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self.members)}/?replicaSet={_NAME}"

    async def start(self, data: Path, logs: Path) -> None:
        """Raises CannotStart."""
        for number in MEMBERS:
            port = free_port()
            folder = self.folders[port] = make_folder(folder_of(data, number))
            words = [*command(folder, port), *_PARAMETERS]
            process = Process(f"mongod {number}", words, logs / f"mongodb-{number}.log")
            process.start()
            self.members[port] = process
        for port, process in self.members.items():
            await listening(process, port, _PATIENCE, "Try again.")
        await asyncio.to_thread(self._initiate)
        await self.primary()

    def _initiate(self) -> None:
        ports = list(self.members)
        members = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(ports)]
        with _client(ports[0]) as client:
            client.admin.command("replSetInitiate", {"_id": _NAME, "members": members, "settings": _SETTINGS})

    async def primary(self) -> int:
        """The port of the one that is primary and can write with the majority. Raises CannotStart."""
        return await _at_last(self._primary, "The replica set has no primary.")

    async def complete(self) -> int:
        """The primary's port, once the others follow it closely. Three members bear the loss of one, and who
        has just come back, and takes back what no majority had, is not one of them yet. Raises CannotStart.
        """
        return await _at_last(self._complete, "Not all members of the replica set follow.")

    async def _primary(self) -> int | None:
        for port, process in self.members.items():
            if process.alive() and (await self._hello(port)).get("isWritablePrimary"):
                return port
        return None

    async def _complete(self) -> int | None:
        if port := await self._primary():
            with contextlib.suppress(PyMongoError):
                status = await asyncio.to_thread(_command, port, {"replSetGetStatus": 1}, _HELLO_SECONDS)
                return port if _all_follow(status["members"]) else None
        return None

    async def _hello(self, port: int) -> dict[str, Any]:
        with contextlib.suppress(PyMongoError):
            return await asyncio.to_thread(_command, port, {"hello": 1}, _HELLO_SECONDS)
        return {}

    async def step_down(self, port: int) -> None:
        """The primary resigns; connections stay."""
        with contextlib.suppress(PyMongoError):
            await asyncio.to_thread(_command, port, {"replSetStepDown": 30, "secondaryCatchUpPeriodSecs": 5})

    async def checkpoint(self, port: int) -> None:
        """It writes what it has in memory to its disk, if it can."""
        with contextlib.suppress(PyMongoError):
            await asyncio.to_thread(_command, port, {"fsync": 1})

    async def start_again(self, port: int) -> None:
        process = self.members[port]
        process.start()
        await listening(process, port, _PATIENCE, "Try again.")

    async def stop(self) -> None:
        for process in self.members.values():
            if process.alive():
                process.signal(signal.SIGCONT)
        await asyncio.gather(*(process.kill() for process in self.members.values()))


async def _at_last(look: Callable[[], Awaitable[int | None]], otherwise: str) -> int:
    """What `look` finds. Raises CannotStart."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := await look():
            return found
        await asyncio.sleep(0.2)
    raise CannotStart(otherwise, "Its members' logs say more.")


def _all_follow(members: list[dict[str, Any]]) -> bool:
    first = next((one for one in members if one["stateStr"] == "PRIMARY"), None)
    others = [one for one in members if one["stateStr"] == "SECONDARY" and one["syncSourceHost"]]
    if not first or len(others) + 1 < len(members):
        return False
    return all((first["optimeDate"] - one["optimeDate"]).total_seconds() <= _BEHIND for one in others)


def _command(port: int, words: dict[str, Any], within: float = _ANSWER_SECONDS) -> dict[str, Any]:
    with _client(port, within) as client:
        return client.admin.command(words)


def _client(port: int, within: float = _ANSWER_SECONDS) -> MongoClient[dict[str, Any]]:
    return MongoClient(
        f"mongodb://127.0.0.1:{port}/?directConnection=true",
        serverSelectionTimeoutMS=round(min(within, 2.0) * 1_000),
        socketTimeoutMS=round(within * 1_000),
    )
