from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agencynet.stack import Stack
from shared import kafka
from shared.settings import ServiceSettings
from tests import harness
from tests.portal.house import House, a_house


@pytest.fixture(scope="session")
async def house(stack: Stack, jwks: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests of the portal: five services take a while to start. Tests hire people of their own."""
    settings = ServiceSettings(kafka=stack.kafka, mongodb=stack.mongodb, namespace="portal-", jwks=jwks)
    await kafka.create_topics(settings, harness.all_topics(*harness.AGENCIES))
    async with a_house(settings, tmp_path_factory.mktemp("portal")) as house:
        await house.hire("bolagsverket", "Ensam", roles=("upphandlare",), specialties=("ramavtal",))
        await house.hire("csn", "Granne", roles=("upphandlare",), specialties=("ramavtal",))
        yield house
