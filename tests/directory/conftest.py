from collections.abc import AsyncIterator

import pytest

from shared.settings import ServiceSettings
from tests.directory.network import Network, a_network


@pytest.fixture
async def network(settings: ServiceSettings) -> AsyncIterator[Network]:
    async with a_network(settings) as found:
        yield found
