"""What the tests of questions, practice and groups have in common: a clock to turn, and mails asked for."""

from datetime import datetime, timedelta
from typing import Any

from shared.contracts.topics import NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.directory.network import Network
from tests.harness import eventually, messages


class Clock:
    """The service's clock, set by the test."""

    def __init__(self, network: Network, now: datetime) -> None:
        self.now = now
        network.running.service.app.state.clock = lambda: self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


async def mails(settings: ServiceSettings, kind: str, *, at_least: int = 1) -> list[Any]:
    """Requests of a kind, as soon as there are so many."""

    async def look() -> list[Any]:
        return [m.data for m in await messages(settings, NOTIFY_REQUESTS) if m.data.kind == kind]

    return await eventually(look, until=lambda found: len(found) >= at_least)
