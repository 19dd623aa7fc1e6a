"""One directory for all of these tests; each has agencies of its own in it."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from agencynet.stack import Stack
from tests.directory.network import Network, a_network
from tests.directory.scim.idp import IdentityProvider
from tests.namespace import a_namespace

_numbers = count(1)


@pytest.fixture(scope="package")
async def network(stack: Stack, jwks: Path) -> AsyncIterator[Network]:
    async with a_namespace(stack, jwks) as settings, a_network(settings) as found:
        yield found


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
