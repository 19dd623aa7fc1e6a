"""No client holds a service with connections, endless headers, or a body that does not come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request

from shared.web.connections import HEAD_BYTES, HEADERS, limited
from tests.harness import eventually

pytestmark = pytest.mark.parts

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


@asynccontextmanager
async def _served(most: int = 50, most_per_client: int = 50, **limits: float) -> AsyncIterator[int]:
    app = FastAPI()

    @app.post("/")
    async def _length(request: Request) -> int:
        return len(await request.body())

    @app.get("/")
    async def _hello() -> str:
        return "hello"

    kind = type("Quick", (limited(most, most_per_client),), limits)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, http=kind))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def _said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "headers",
    [
        b"X: " + b"x" * 1_000_000 + b"\r\n",
        b"X" * 1_000_000,
        b"X: " + b"x" * HEAD_BYTES + b"\r\n",
        b"".join(b"X%d: x\r\n" % number for number in range(HEADERS + 1)),
        b"Cookie: a=b\r\n" * 5_000,
    ],
    ids=["a megabyte", "an endless name", "just over", "too many", "the same again"],
)
async def test_a_head_that_is_too_large_is_refused_before_it_is_read(headers: bytes) -> None:
    async with _served() as port:
        said = await _said(port, GET + headers + b"\r\n")
        assert said == b"" or said.startswith(b"HTTP/1.1 431 "), said[:200]
        assert b'"hello"' in await _said(port, GET + b"Connection: close\r\n\r\n")
        address = b"GET /?" + b"x" * HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        assert b" 431 " in await _said(port, address)


async def test_a_connection_that_sends_no_request_is_closed_and_others_are_answered() -> None:
    async with _served(1_500, 1_200, head_seconds=3) as port:
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(900)]
        waiting[0][1].write(b"GET / HT")
        assert b'"hello"' in await _said(port, GET + b"Connection: close\r\n\r\n")
        ends = await asyncio.gather(*(asyncio.wait_for(reader.read(), 10) for reader, _ in waiting))
        assert ends[0].startswith(b"HTTP/1.1 408 ")
        assert not any(ends[1:]), "who has said nothing is told nothing"
        for _, writer in waiting:
            writer.close()


async def test_headers_that_come_byte_by_byte_are_not_waited_for() -> None:
    async with _served(head_seconds=0.3) as port:
        said = await _said(port, *[GET, b"X: ", *[b"x"] * 20], pause=0.05)
        assert said == b"" or said.startswith(b"HTTP/1.1 408 ")


async def test_the_next_request_of_a_connection_is_timed_too() -> None:
    async with _served(head_seconds=0.3) as port:
        said = await _said(port, GET + b"\r\n", GET, pause=0.4)
        assert said.count(b"HTTP/1.1") == 2
        assert b"HTTP/1.1 408 " in said


@pytest.mark.parametrize("sent", [0, 5])
async def test_a_body_that_does_not_come_is_not_waited_for(sent: int) -> None:
    async with _served(body_seconds=0.3) as port:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        said = await _said(port, head, *[b"x"] * sent, pause=0.2)
        assert said == b"" or said.startswith(b"HTTP/1.1 408 ")
        fast = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n"
        assert (await _said(port, fast, *[b"x" * 1_000] * 5, pause=0.15)).endswith(b"5000")


async def test_one_client_has_no_more_connections_than_its_share_and_gets_them_back() -> None:
    async with _served(50, 5) as port:
        held: list[Any] = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        said = await _said(port)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5\r\n" in said
        for _, writer in held:
            writer.close()

        async def free() -> bool:
            return b'"hello"' in await _said(port, GET + b"Connection: close\r\n\r\n")

        await eventually(free)
