"""`agencynet run`: everything, on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from agencynet.commands.options import HERE, Data
from agencynet.commands.overview import show_overview
from agencynet.commands.running import parts_given, until_stopped
from agencynet.console import err, out, say_failure
from agencynet.local import Local
from agencynet.progress import Progress

if TYPE_CHECKING:
    from agencynet.system import System


def run(
    data: Data = HERE,
    story: Annotated[
        bool, typer.Option(help="Play the story on the first run, so that there is something to look at.")
    ] = True,
) -> None:
    """Start Kafka, MongoDB, the mail catcher and the five services, and keep them until Ctrl-C.

    AGENCYNET_KAFKA, AGENCYNET_MONGODB and AGENCYNET_SMTP point at real ones instead.
    """
    local = Local(data)

    async def start() -> System:
        from agencynet.system import start_all  # noqa: PLC0415 - takes half a second to load

        with Progress(out) as progress:
            return await start_all(local, **parts_given(), ports="usual", progress=progress.say)

    async def then(system: System) -> None:
        if story and not local.is_done("story"):
            await _play(local, system)
        await show_overview(out, system)

    out.print("[bold]The agency network[/]\n")
    asyncio.run(until_stopped(start, then))


async def _play(local: Local, system: System) -> None:
    """What can't be played is said; the system runs all the same."""
    from agencynet.demo import DidNotHappen, Report, play  # noqa: PLC0415 - takes a second to load

    if system.stack.mail_page is None:
        err.print("\nMail goes to a real server, so the story is not played.", style="dim")
        return
    out.print("\n[bold]This first time, a story is played so that there is something to look at.[/]")
    try:
        await play(local, system.running, Report(out))
    except DidNotHappen as error:
        say_failure(f"The story stopped, because this did not happen: {error}")
        out.print("`agencynet demo` plays it again.")
    local.mark_done("story")
