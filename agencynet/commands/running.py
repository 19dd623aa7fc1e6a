"""What `run` and `stack` have in common: start, stay, and stop in order whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypedDict

import typer

from agencynet.console import out, say_failure
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from agencynet.system import System


class Given(TypedDict):
    kafka: str | None
    mongodb: str | None
    smtp: str | None


def parts_given() -> Given:
    """Addresses of real parts, for those that are not to be started here."""
    return {
        "kafka": os.environ.get("AGENCYNET_KAFKA") or None,
        "mongodb": os.environ.get("AGENCYNET_MONGODB") or None,
        "smtp": os.environ.get("AGENCYNET_SMTP") or None,
    }


async def until_stopped(
    start: Callable[[], Awaitable[System]], then: Callable[[System], Awaitable[None]]
) -> None:
    """Start, do what comes `then`, and stay until Ctrl-C or SIGTERM; a part that dies ends all with code 1.

    Raises:
        CannotStart: a part did not start.

    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    told = asyncio.create_task(stopped.wait())
    if (system := await _unless(told, asyncio.create_task(_started(start)))) is None:
        out.print("\nStopped.")
        return
    try:
        await _stay(system, told, then)
    except CannotStart as death:
        # At once: stopping may take a while.
        say_failure(f"\n{death}", death.details)
        raise typer.Exit(1) from death
    finally:
        out.print("\nStopping …", style="dim")
        await system.stop()
        out.print("Everything is stopped. The data is kept for the next run.", style="dim")


async def _started(start: Callable[[], Awaitable[System]]) -> System:
    return await start()


async def _unless(told: asyncio.Task[bool], work: asyncio.Task[System]) -> System | None:
    """The work's result, or None when we are told to stop before: then it is cancelled and cleans up."""
    await asyncio.wait({told, work}, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        return work.result()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    return None


async def _stay(system: System, told: asyncio.Task[bool], then: Callable[[System], Awaitable[None]]) -> None:
    watch = asyncio.create_task(system.died())
    work = asyncio.create_task(_work(then, system))
    try:
        await asyncio.wait({told, watch, work}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            await asyncio.wait({told, watch}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            raise watch.result()
    finally:
        for task in (watch, work):
            task.cancel()
        await asyncio.gather(watch, work, return_exceptions=True)


async def _work(then: Callable[[System], Awaitable[None]], system: System) -> None:
    await then(system)
