"""`agencynet stack`: Kafka, MongoDB and the mail catcher, without the services."""

from __future__ import annotations

import asyncio

from agencynet.commands.options import HERE, Data
from agencynet.commands.running import parts_given, until_stopped
from agencynet.console import out
from agencynet.local import Local
from agencynet.progress import Progress


def stack(data: Data = HERE) -> None:
    """Start what the services need, and keep it until Ctrl-C."""
    from agencynet.system import System, start_parts  # noqa: PLC0415 - takes half a second to load

    async def start() -> System:
        with Progress(out) as progress:
            return await start_parts(Local(data), **parts_given(), ports="usual", progress=progress.say)

    async def then(system: System) -> None:
        running = system.running
        out.print("\nTell services of them so:")
        out.print(f"  export AGENCYNET_KAFKA={running.kafka}", markup=False)
        out.print(f"  export AGENCYNET_MONGODB='{running.mongodb}'", markup=False)
        out.print(f"  export AGENCYNET_SMTP={running.smtp}", markup=False)
        out.print("Here, `agencynet serve <service>` knows them already. Ctrl-C stops all.")

    asyncio.run(until_stopped(start, then))
