"""The courses service does what its OpenAPI says, whatever it is sent, as three kinds of callers."""

from pathlib import Path

import pytest

from tests.courses.conftest import Network
from tests.described import CALLERS, require_as_described
from tests.harness import a_person, signed_in

pytestmark = [pytest.mark.ci, pytest.mark.timeout(600)]


@pytest.mark.parametrize("caller", CALLERS)
async def test_the_courses_service_is_as_it_is_described(
    network: Network, caller: str, tmp_path: Path
) -> None:
    member = a_person("csn", "member")
    await network.people(network.coordinator, member)
    await network.occasion()
    headers = {
        "system": network.by("csn"),
        "coordinator": signed_in(network.coordinator.id, "csn"),
        "member": signed_in(member.id, "csn"),
    }[caller]
    await require_as_described(network.running.service.app, headers, tmp_path)
