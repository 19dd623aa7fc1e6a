"""As much of an HTTP client as measuring needs: one that costs a fraction of what it measures."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Self
from urllib.parse import quote, urlsplit


class Connection:
    """One that is kept open, and speaks to one server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, url: str) -> Self:
        where = urlsplit(url)
        return cls(*await asyncio.open_connection(where.hostname, where.port))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        return int(head[9:12]), await self._reader.readexactly(length)

    async def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def connections(url: str, count: int) -> AsyncIterator[list[Connection]]:
    opened = [await Connection.to(url) for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            await each.close()


def request(path: str, token: str = "", body: Any = None, headers: Mapping[str, str] = {}) -> bytes:
    """GET, or POST where there is a body."""
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{'POST' if content else 'GET'} {quote(path, safe='/?=&+%')} HTTP/1.1", "Host: bench"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


async def at_a_rate(url: str, requests: list[bytes], per_second: float, connected: int = 32) -> list[float]:
    """Seconds from when each was due to its answer: a server that stalls is not asked less often."""
    took: list[float] = []
    free: asyncio.Queue[Connection] = asyncio.Queue()

    async def one(message: bytes, due: float) -> None:
        connection = await free.get()
        status, _ = await connection.send(message)
        free.put_nowait(connection)
        took.append(perf_counter() - due)
        if status != 200:
            raise RuntimeError(f"answered {status}")

    async with connections(url, connected) as opened, asyncio.TaskGroup() as tasks:
        for connection in opened:
            free.put_nowait(connection)
        began = perf_counter()
        for number, message in enumerate(requests):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
            tasks.create_task(one(message, due))
    return took


async def as_fast_as_answered(
    url: str, requests: Iterator[bytes], clients: int, check: Callable[[int, bytes], None]
) -> tuple[list[float], float]:
    """Each client asks again when it has its answer; seconds of each request, and of all."""
    took: list[float] = []

    async def client(connection: Connection) -> None:
        for message in requests:
            began = perf_counter()
            status, body = await connection.send(message)
            took.append(perf_counter() - began)
            check(status, body)

    async with connections(url, clients) as opened:
        began = perf_counter()
        await asyncio.gather(*(client(connection) for connection in opened))
        return took, perf_counter() - began
