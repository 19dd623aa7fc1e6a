"""`agencynet demo`: the story again, on new people."""

from __future__ import annotations

import asyncio

import typer

from agencynet.commands.options import HERE, Data
from agencynet.console import out, say_failure
from agencynet.local import Local


def demo(data: Data = HERE) -> None:
    """Play the story against the running system, and report what was observed. Exit code 1 if any step did
    not happen.
    """
    from agencynet.demo import DidNotHappen, Report, play  # noqa: PLC0415 - takes a second to load

    local = Local(data)
    running = local.require_running()
    try:
        asyncio.run(play(local, running, Report(out)))
    except DidNotHappen as error:
        say_failure(f"This did not happen: {error}")
        raise typer.Exit(1) from error
