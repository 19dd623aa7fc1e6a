"""The power goes: Kafka has lost what it acknowledged and had not written out, and nobody misses anything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agencynet.stack import Process, Stack, start_stack
from agencynet.stack.kafka import ready
from shared.settings import ServiceSettings
from tests.events.network import a_network
from tests.faults import power
from tests.faults.smtp_server import MailServer, mail_server
from tests.harness import eventually
from tests.namespace import a_namespace
from tests.notify.office import open_office

_INVITED = 40


@pytest.fixture
async def own(stack: Stack, tmp_path: Path) -> AsyncIterator[Stack]:
    """A Kafka of its own beside the MongoDB that all share."""
    own = await start_stack(tmp_path, mongodb=stack.mongodb, smtp=stack.smtp, ports="free")
    yield own
    await own.stop()


@pytest.fixture
async def network(own: Stack, jwks: Path) -> AsyncIterator[ServiceSettings]:
    async with a_namespace(own, jwks) as settings:
        yield settings


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


async def _power_goes(kafka: Process, logs: Path, noted: power.Sizes) -> dict[str, int]:
    await kafka.kill()
    lost = power.cut(logs, noted)
    kafka.start()
    await ready(kafka)
    return lost


async def test_who_was_invited_is_mailed_although_kafka_lost_the_requests(
    own: Stack, network: ServiceSettings, server: MailServer
) -> None:
    logs = own.data / "kafka" / "log"
    async with a_network(network, members=_INVITED) as events:
        # Notify has read everything so far, and is a moment behind from here on.
        async with open_office(network, server) as office:
            known = {"_id": {"$in": [person.id for person in events.members]}}
            await eventually(
                lambda: office.mongo.db.people.count_documents(known), until=lambda found: found == _INVITED
            )
        noted = power.note(logs)
        await events.invited()
        await events.idle()
        lost = await _power_goes(own.processes["kafka"], logs, noted)
        assert any(name.startswith(f"{network.namespace}notify.requests-") for name in lost)
        async with open_office(network, server):

            async def mailed() -> list[str]:
                return [each.recipient for each in server.received]

            await eventually(mailed, within=60, until=lambda found: len(set(found)) >= _INVITED)
            assert sorted(await mailed()) == sorted(person.email for person in events.members)
