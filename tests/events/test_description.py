"""The events service does what its OpenAPI says, whatever it is sent, as three kinds of callers."""

from pathlib import Path

import pytest

from tests.described import CALLERS, require_as_described
from tests.events.network import Network

pytestmark = [pytest.mark.ci, pytest.mark.timeout(600)]


@pytest.mark.parametrize("caller", CALLERS)
async def test_the_events_service_is_as_it_is_described(
    network: Network, caller: str, tmp_path: Path
) -> None:
    headers = {
        "system": network.system("bolagsverket"),
        "coordinator": network.as_coordinator(),
        "member": network.as_convenor(),
    }[caller]
    await require_as_described(network.events.service.app, headers, tmp_path)
