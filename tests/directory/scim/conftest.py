"""One directory for all of these tests; each has agencies of its own in it."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import uuid_utils
from motor.motor_asyncio import AsyncIOMotorClient

from agencynet.stack import Stack
from shared import kafka
from shared.settings import ServiceSettings
from tests import harness
from tests.directory.network import Network, a_network
from tests.directory.scim.idp import IdentityProvider

_numbers = count(1)


@pytest.fixture(scope="package")
async def network(stack: Stack, jwks: Path) -> AsyncIterator[Network]:
    namespace = f"scim{str(uuid_utils.uuid7())[-12:]}-"
    settings = ServiceSettings(kafka=stack.kafka, mongodb=stack.mongodb, namespace=namespace, jwks=jwks)
    await kafka.create_topics(settings, harness.all_topics(*harness.AGENCIES))
    async with a_network(settings) as found:
        yield found
    client: AsyncIOMotorClient = AsyncIOMotorClient(stack.mongodb)
    await client.drop_database(f"{namespace}directory")
    client.close()


@pytest.fixture
async def idp(network: Network) -> IdentityProvider:
    return await _joined(network)


@pytest.fixture
async def other(network: Network) -> IdentityProvider:
    return await _joined(network)


async def _joined(network: Network) -> IdentityProvider:
    slug = f"agency-{next(_numbers)}"
    await network.join(slug)
    return IdentityProvider(network, slug)
