"""The directory's consumer and nothing else, as a process: settings come from the environment."""

import asyncio
import signal

import uvloop

from agencynet.operations import open_database
from services.directory.app import SPEC
from shared.consuming.membership import Membership
from shared.contracts.topics import STAFF_PREFIX
from shared.observing import logs
from shared.observing.health import Health
from shared.running import memory
from shared.settings import ServiceSettings


async def main() -> None:
    settings = ServiceSettings()
    subscriptions = [each for each in SPEC.subscriptions if each.pattern.startswith(STAFF_PREFIX[:5])]
    mongo = open_database(settings, "directory")
    consumer = Membership(settings, mongo, "directory", subscriptions, Health(), max_unpublished=None)
    running = asyncio.create_task(consumer.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    logs.configure("bench", "error")
    memory.tune()
    uvloop.run(main())
