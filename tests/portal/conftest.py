from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic_ns

import pytest

from agencynet.stack import Stack
from shared import kafka
from shared.settings import ServiceSettings
from tests import harness
from tests.portal.chromium import Chromium, on_chromium
from tests.portal.house import House, a_house


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Five services in one process are too much for every day, and for the tests beside them."""
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.ci)


@pytest.fixture(scope="package")
async def house(stack: Stack, jwks: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests of the portal: five services take a while to start. Tests hire people of their own."""
    settings = ServiceSettings(
        kafka=stack.kafka, mongodb=stack.mongodb, namespace=f"portal{monotonic_ns()}-", jwks=jwks
    )
    await kafka.create_topics(settings, harness.all_topics(*harness.AGENCIES))
    async with a_house(settings, tmp_path_factory.mktemp("portal")) as house:
        await house.hire("bolagsverket", "Ensam", roles=("upphandlare",), specialties=("ramavtal",))
        await house.hire("csn", "Granne", roles=("upphandlare",), specialties=("ramavtal",))
        mailbox = {"role_mailboxes": {"upphandlare": "inkop@spv.example"}}
        headers = house.directory.tokens["spv"]
        await house.directory.http.patch("/directory/v1/agencies/spv", json=mailbox, headers=headers)
        yield house


@pytest.fixture(scope="package")
async def chromium(house: House) -> AsyncIterator[Chromium]:
    async with on_chromium(house) as chromium:
        yield chromium
