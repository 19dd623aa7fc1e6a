"""The program as a person calls it."""

import asyncio

from typer.testing import CliRunner, Result

from agencynet.cli import app


async def agencynet(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))
