"""kill -9 at the worst moments: every mail arrives, and twice only where nobody can know."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import a_person
from tests.notify.office import ask, becomes, open_office, something

pytestmark = pytest.mark.ci


@pytest.fixture
def settings(settings: ServiceSettings) -> ServiceSettings:
    """Kafka gives a killed process's partitions to others after the shortest time that it allows."""
    return settings.model_copy(update={"session_seconds": 6})


@asynccontextmanager
async def notify_process(
    settings: ServiceSettings, server: MailServer
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "AGENCYNET_KAFKA": settings.kafka,
        "AGENCYNET_MONGODB": settings.mongodb,
        "AGENCYNET_NAMESPACE": settings.namespace,
        "AGENCYNET_SESSION_SECONDS": str(settings.session_seconds),
        "AGENCYNET_SMTP": server.address,
        "AGENCYNET_NOTIFY_SENDERS": "3",
        "AGENCYNET_NOTIFY_LEASE_SECONDS": "2",
        "AGENCYNET_NOTIFY_DOUBT_SECONDS": "0.5",
        "AGENCYNET_NOTIFY_PER_DOMAIN_SECOND": "0",
        "AGENCYNET_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.notify.process", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(("verb", "copies"), [("RCPT", 1), ("DATA", 1), ("DOT", 2)])
async def test_a_process_killed_over_a_mail_loses_none_and_repeats_only_what_is_in_doubt(
    settings: ServiceSettings, server: MailServer, verb: str, copies: int
) -> None:
    people = [a_person() for _ in range(40)]
    requests = [something(person) for person in people]
    async with notify_process(settings, server) as process:

        async def kill() -> None:
            process.send_signal(signal.SIGKILL)
            await process.wait()

        server.on(verb, *[_nothing] * 5, kill)
        # Everybody's request, and a process that never saw them.
        async with open_office(settings, "127.0.0.1:9", *people):
            pass
        await ask(settings, *requests)
        await asyncio.wait_for(process.wait(), 30)
    async with open_office(settings, server, lease_seconds=2.0) as office:
        for request in requests:
            await becomes(office, request, "sent")
    by_id: dict[str, list[bytes]] = {}
    for mail in server.received:
        by_id.setdefault(mail.message_id, []).append(mail.content)
    assert len(by_id) == 40
    repeated = [copies for copies in by_id.values() if len(copies) > 1]
    # Each of the three senders may have had one mail between its last byte and the mark that it is sent.
    assert len(repeated) <= 3
    assert all(len(set(copies)) == 1 and len(copies) == 2 for copies in repeated)
    assert max(len(copies) for copies in by_id.values()) <= 2
    if copies == 2:
        assert repeated, "the mail whose answer was lost came again"


async def test_a_process_that_was_stopped_and_goes_on_sends_nothing_that_has_passed_on(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    request = something(anna)
    stopped = asyncio.Event()
    async with notify_process(settings, server) as process:

        async def stop() -> None:
            process.send_signal(signal.SIGSTOP)
            stopped.set()

        server.on("RCPT", stop)
        async with open_office(settings, "127.0.0.1:9", anna):
            pass
        await ask(settings, request)
        await asyncio.wait_for(stopped.wait(), 30)
        async with open_office(settings, server, lease_seconds=2.0) as office:
            sent = await becomes(office, request, "sent")
            process.send_signal(signal.SIGCONT)
            # It gets on with its work: what is asked for now is sent by one of them.
            after = something(anna)
            await ask(settings, after)
            await becomes(office, after, "sent")
            assert (await becomes(office, request, "sent"))["version"] == sent["version"]
    assert [mail.message_id for mail in server.received].count(sent["message_id"]) == 1


async def _nothing() -> None:
    return None
