"""A service does what its OpenAPI says, whatever it is sent: schemathesis tries."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from agencynet.stack.ports import free_port
from tests.harness import eventually

_BOUNDS = ("--max-examples", "4", "--seed", "1", "--phases", "coverage,fuzzing", "--no-color")
# What is open to people as well as to systems is much the same; each takes a minute.
CALLERS = ["system", *(pytest.param(who, marks=pytest.mark.slow) for who in ("coordinator", "member"))]
# It takes what fits the schema for what is to be accepted; who speaks for whom, which roles there are, what may
# follow on what: no schema says.
_LEFT_OUT = ("--exclude-checks", "positive_data_acceptance")


async def require_as_described(app: FastAPI, caller: Mapping[str, str], folder: Path) -> None:
    """Raises AssertionError with all that is found to be otherwise. `folder` is for what schemathesis writes."""
    app.openapi()  # Kept from then on: schemathesis waits for it no longer than ten seconds.
    async with _served(app) as url:
        tried = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", *_BOUNDS, *_LEFT_OUT),
            *("-H", f"Authorization: {caller['Authorization']}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
        )
        said, _ = await tried.communicate()
    assert tried.returncode == 0, said.decode()
    assert b"generated" in said, "it has tried something"


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error"))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
