from itertools import count

import pytest

from tests.directory.imports.agency import Agency
from tests.directory.network import Network
from tests.directory.scim.conftest import network

__all__ = ["agency", "network"]
_numbers = count(1)


@pytest.fixture
async def agency(network: Network) -> Agency:
    slug = f"imports-{next(_numbers)}"
    await network.join(slug)
    return Agency(network, slug)
