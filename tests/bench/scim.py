"""SCIM, operation by operation: the directory on MongoDB against scim2-server's own in-memory servers.

The budget is against its program (`scim2-server`); its ASGI application on uvicorn stands beside it, as the
fastest that the library can be.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

import httpx2

from tests.bench.ground import Ground
from tests.bench.rows import Row
from tests.directory.scim.idp import GROUP, PATCH, user
from tests.harness import eventually, system

AGENCY = "csn"
_CLIENTS, _RUNS = 8, 5
_ASGI = """
import uvicorn
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.utils import load_default_provider
uvicorn.run(ASGIApplication(AsyncInMemoryStorage(), load_default_provider()), port={port}, log_level="error")
"""
_PROGRAM = "from scim2_server.testserver.cli import main; main()"


class Client:
    """One identity provider at one server; every operation is one request."""

    def __init__(self, http: httpx2.AsyncClient, base: str) -> None:
        self._http = http
        self._base = base
        self.users: list[str] = []
        self._names = count(1)
        self.group = ""

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(
            method, self._base + path, json=body, headers={"Content-Type": "application/scim+json"}
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def create(self, n: int) -> None:
        made = await self.send("POST", "/Users", _user(f"bench{next(self._names)}"))
        self.users.append(made["id"])

    async def read(self, n: int) -> None:
        await self.send("GET", f"/Users/{self._user(n)}")

    async def look_up(self, n: int) -> None:
        await self.send("GET", f'/Users?filter=userName eq "bench{n % 50 + 1}@csn.example"')

    async def page(self, n: int) -> None:
        await self.send("GET", "/Users?startIndex=1&count=20")

    async def patch(self, n: int) -> None:
        operation = {"op": "Replace", "path": "title", "value": f"Jurist {n}"}
        body = {"schemas": [PATCH], "Operations": [operation]}
        await self.send("PATCH", f"/Users/{self._user(n)}", body)

    async def replace(self, n: int) -> None:
        body = _user(f"replaced{next(self._names)}")
        await self.send("PUT", f"/Users/{self._user(n)}", body)

    async def join(self, n: int) -> None:
        if not self.group:
            self.group = "being made"
            body = {"schemas": [GROUP], "displayName": "Bench"}
            self.group = (await self.send("POST", "/Groups", body))["id"]
        await eventually(self._has_group)
        operation = {"op": "Add", "path": "members", "value": [{"value": self._user(n)}]}
        await self.send("PATCH", f"/Groups/{self.group}", {"schemas": [PATCH], "Operations": [operation]})

    async def delete(self, n: int) -> None:
        await self.send("DELETE", f"/Users/{self.users.pop()}")

    def _user(self, n: int) -> str:
        return self.users[n % len(self.users)]

    async def _has_group(self) -> bool:
        return self.group not in {"", "being made"}


def _user(name: str) -> dict[str, Any]:
    """What both servers know: our extension is left out."""
    made = user(name)
    return {key: value for key, value in made.items() if "agencynet" not in key} | {
        "schemas": [schema for schema in made["schemas"] if "agencynet" not in schema]
    }


OPERATIONS = ("create", "read", "look_up", "page", "patch", "replace", "join", "delete")


async def measure(ground: Ground) -> Sequence[Row]:
    running = await ground.network()
    times = ground.scaled(400)
    program, port = _port(), _port()
    rows: list[Row] = []
    async with (
        _server(_PROGRAM, program, "--port", str(program)),
        _server(_ASGI.format(port=port), port),
        _client(f"{running.urls['directory']}/scim/v2", system(ground.tokens[AGENCY])) as ours,
        _client(f"http://127.0.0.1:{program}/v2", {}) as theirs,
        _client(f"http://127.0.0.1:{port}/v2", {}) as fastest,
    ):
        for name in OPERATIONS:
            rate, ratio, to_asgi = await _compare(name, (ours, theirs, fastest), times)
            rows += [
                Row(f"{name}", round(rate), "a second"),
                Row(f"{name}, ours × its program", round(ratio, 2), at_least=0.7),
                Row(f"{name}, ours × its ASGI application", round(to_asgi, 2)),
            ]
    return rows


async def _compare(name: str, clients: Sequence[Client], times: int) -> tuple[float, float, float]:
    """Our rate, and it by each of the others': medians of five runs, each at all of them in turn, so that
    a machine that is slow for a while is slow for all.
    """
    runs: list[tuple[float, float, float]] = []
    for _ in range(_RUNS):
        ours, theirs, fastest = [await _rate(getattr(client, name), times // _RUNS) for client in clients]
        runs.append((ours, ours / theirs, ours / fastest))
    rates, first, second = (median(each) for each in zip(*runs, strict=True))
    return rates, first, second


@asynccontextmanager
async def _client(base: str, headers: dict[str, str]) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        client = Client(http, base)
        for n in range(50):
            await client.create(n)
        yield client


async def _rate(operation: Callable[[int], Awaitable[None]], times: int) -> float:
    """A second, with eight clients at once."""
    numbers = iter(range(times))

    async def one() -> None:
        for n in numbers:
            await operation(n)

    started = perf_counter()
    await asyncio.gather(*(one() for _ in range(_CLIENTS)))
    return times / (perf_counter() - started)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@asynccontextmanager
async def _server(program: str, port: int, *words: str) -> AsyncIterator[None]:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, stdout=quiet, stderr=quiet
    )

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listens, within=30)
        yield
    finally:
        process.kill()
        await process.wait()
