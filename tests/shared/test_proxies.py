"""X-Forwarded-For is believed from proxies that are named, and from nobody else (issue 25, 1.11)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request
from pydantic import ValidationError

from shared.service import proxies
from shared.settings import ServiceSettings
from tests.harness import eventually


def started(server: uvicorn.Server) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return server.started

    return look


@asynccontextmanager
async def serving(trusted: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> Any:
        return {"client": request.client.host if request.client else "", "scheme": request.url.scheme}

    told = proxies(ServiceSettings(trusted_proxies=trusted))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, **told))
    task = asyncio.create_task(server._serve())
    await eventually(started(server))
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            yield http
    finally:
        server.should_exit = True
        await task


@pytest.mark.parts
@pytest.mark.parametrize(
    ("trusted", "said", "client"),
    [
        ("", "192.0.2.7", "127.0.0.1"),
        ("10.0.0.0/8", "192.0.2.7", "127.0.0.1"),
        ("127.0.0.0/8", "192.0.2.7", "192.0.2.7"),
        ("10.1.0.1,127.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 10.1.0.0/16", "192.0.2.7, 10.1.2.3", "192.0.2.7"),
    ],
)
async def test_who_calls_is_as_a_trusted_proxy_says(trusted: str, said: str, client: str) -> None:
    async with serving(trusted) as http:
        answer = await http.get("/who", headers={"X-Forwarded-For": said, "X-Forwarded-Proto": "https"})
    assert answer.json()["client"] == client
    assert answer.json()["scheme"] == ("https" if client != "127.0.0.1" else "http")


@pytest.mark.parametrize("everybody", ["*", "ingress", "10.0.0.0/8,*", "10.0.0.1/8"])
def test_proxies_are_named_by_address(everybody: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(trusted_proxies=everybody)
