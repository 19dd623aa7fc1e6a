"""The directory does what its OpenAPI says, whatever it is sent, as three kinds of callers."""

from pathlib import Path

import pytest

from tests.described import CALLERS, require_as_described
from tests.directory.network import Network, staff
from tests.harness import signed_in

pytestmark = [pytest.mark.ci, pytest.mark.timeout(600)]


@pytest.mark.parametrize("caller", CALLERS)
async def test_the_directory_is_as_it_is_described(network: Network, caller: str, tmp_path: Path) -> None:
    boss, member = await network.hire("csn", staff("boss", roles=("upphandlare",)), staff("member"))
    headers = {
        "system": network.tokens["csn"],
        "coordinator": await network.coordinate("csn", boss),
        "member": signed_in(member, "csn"),
    }[caller]
    await require_as_described(network.running.service.app, headers, tmp_path)
