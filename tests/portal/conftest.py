from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agencynet.stack import Stack
from tests.namespace import a_namespace
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
    folder = tmp_path_factory.mktemp("portal")
    async with a_namespace(stack, jwks) as settings, a_house(settings, folder) as house:
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
