"""An agency's own identity provider, as the portal is told of it: oidc-provider-mock on a port of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from oidc_provider_mock import User, run_server_in_thread
from pydantic import SecretStr

from services.portal.rules.providers import Provider
from services.portal.web.providers import Providers
from tests.portal.house import URL, House


@contextmanager
def at_its_own(house: House, agency: str, *users: User, at: str = URL, **told: Any) -> Iterator[Provider]:
    """The agency's people sign in there for as long as this lasts; `at` is where their browser finds us."""
    portal = house.portal.service.app.state.portal
    before = portal.providers
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        provider = Provider(
            issuer=f"http://localhost:{server.server_port}", client_id="portal", client_secret=SecretStr("hemligt"), **told
        )  # fmt: skip
        portal.providers = Providers({agency: provider}, before._http, f"{at}/sign-in/callback")
        try:
            yield provider
        finally:
            portal.providers = before


async def answered(address: str, user: str | None) -> str:
    """What the provider sends the browser on to, when this user (or nobody) agrees; the path at the portal."""
    agree = {"sub": user} if user else {"action": "deny"}
    async with httpx2.AsyncClient() as http:
        answer = await http.post(address, data=agree)
    assert answer.status_code in {302, 303}, answer.text
    return answer.headers["location"].removeprefix(URL)
