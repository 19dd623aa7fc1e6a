"""D10, D11: scim2-tester finds nothing wrong over HTTP."""

import asyncio
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.directory.network import Network
from tests.directory.scim.idp import IdentityProvider, over_http


@pytest.mark.ci
async def test_the_standards_tester_finds_nothing_wrong(network: Network, idp: IdentityProvider) -> None:
    async with over_http(network.running.service.app) as url:
        results = await asyncio.to_thread(_check, url, idp.headers)
    wrong = [f"{each.title}: {each.reason}" for each in results if each.status is not Status.SUCCESS]
    assert not wrong
    assert len(results) > 50


def _check(url: str, token: dict[str, str]) -> Any:
    with httpx2.Client(base_url=f"{url}/scim/v2", headers=token, timeout=30) as http:
        client = SyncSCIMClient(http)
        client.discover()
        return check_server(client)
