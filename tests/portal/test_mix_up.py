"""An agency's provider answers for that agency alone, whatever a malicious one makes of it (RFC 9700 4.4)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from oidc_provider_mock import User, run_server_in_thread

from services.portal.rules.providers import Provider
from services.portal.web.providers import Providers
from tests.portal.house import URL, Browser, House
from tests.portal.provider import answered

VICTIM = User(sub="victim", claims={"email": "offer@spv.example", "email_verified": True})


@dataclass
class Malicious:
    """A provider that sends people on to an honest one and keeps whatever reaches its own token endpoint."""

    issuer: str = ""
    honest: str = ""
    says_issuer: bool = False
    got: list[dict[str, list[str]]] = field(default_factory=list)


@contextmanager
def malicious(honest: str) -> Iterator[Malicious]:
    evil = Malicious(honest=honest)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(
                {
                    "issuer": evil.issuer,
                    "authorization_endpoint": f"{evil.issuer}/authorize",
                    "token_endpoint": f"{evil.issuer}/token",
                    "jwks_uri": f"{evil.honest}/jwks",
                    "authorization_response_iss_parameter_supported": evil.says_issuer,
                }
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            evil.got.append(parse_qs(body.decode()))
            self._say({"access_token": "x", "token_type": "Bearer", "id_token": "x.y.z"})

        def _say(self, what: dict[str, Any]) -> None:
            body = json.dumps(what).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    evil.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield evil
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def two_providers(house: House) -> Iterator[tuple[str, Malicious]]:
    """The spv's is honest and csn's is not."""
    portal = house.portal.service.app.state.portal
    before = portal.providers
    with (
        run_server_in_thread(user_claims=[VICTIM]) as server,
        malicious(f"http://localhost:{server.server_port}") as evil,
    ):
        known = {
            "spv": Provider(issuer=evil.honest, client_id="portal-at-spv"),
            "csn": Provider(issuer=evil.issuer, client_id="portal-at-csn"),
        }
        portal.providers = Providers(known, before._http, f"{URL}/sign-in/callback")
        try:
            yield evil.honest, evil
        finally:
            portal.providers = before


async def begin(browser: Browser, agency: str) -> dict[str, str]:
    await browser.open("/sign-in")
    answer = await browser.http.get(f"/sign-in/with/{agency}")
    assert answer.status_code == 303, answer.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return {**asked, "there": answer.headers["location"]}


async def test_each_agency_is_answered_at_an_address_of_its_own(house: House) -> None:
    with two_providers(house):
        for agency in ("spv", "csn"):
            asked = await begin(house.browser(), agency)
            assert asked["redirect_uri"] == f"{URL}/sign-in/callback/{agency}"


async def test_a_code_of_an_honest_provider_never_reaches_a_malicious_one(house: House) -> None:
    """The victim begins at csn's, which sends them on to spv's with this attempt's state, nonce and challenge."""
    await house.hire("spv", "Offer")
    victim = house.browser()
    with two_providers(house) as (honest, evil):
        asked = await begin(victim, "csn")
        there = urlsplit(asked.pop("there"))
        assert there.netloc in evil.issuer
        for back in (f"{URL}/sign-in/callback/spv", f"{URL}/sign-in/callback"):
            # What spv's provider has registered: it sends its answers nowhere else.
            mixed = asked | {"client_id": "portal-at-spv", "redirect_uri": back}
            answer = await answered(f"{honest}/oauth2/authorize?{urlencode(mixed)}", "victim")
            assert (await victim.open(answer)).status_code == 400
        assert not evil.got, "the code and its verifier went to another's token endpoint"
        assert (await victim.open("/me")).url.path == "/sign-in"
        again = await victim.open(answer.replace("/callback", "/callback/csn"))
        assert again.status_code == 400, "an attempt that was mixed up is used up"
        assert not evil.got


async def test_an_answer_that_names_another_issuer_is_refused(house: House) -> None:
    """RFC 9207"""
    with two_providers(house) as (honest, evil):
        for named, promised in (({"iss": honest}, False), ({}, True), ({"iss": f"{evil.issuer}/"}, True)):
            evil.says_issuer = promised
            house.portal.service.app.state.portal.providers._told.clear()
            browser = house.browser()
            asked = await begin(browser, "csn")
            said = {"code": "stolen", "state": asked["state"], **named}
            answer = await browser.open("/sign-in/callback/csn", **said)
            assert answer.status_code == 502, named
        assert not evil.got
        asked = await begin(browser, "csn")
        await browser.open("/sign-in/callback/csn", code="own", state=asked["state"], iss=evil.issuer)
        assert len(evil.got) == 1, "its own answer is taken up"


@pytest.mark.parametrize("agency", ["spv", "bolagsverket", "ingen"])
async def test_an_answer_at_another_agencys_address_is_refused(house: House, agency: str) -> None:
    with two_providers(house) as (_, evil):
        browser = house.browser()
        asked = await begin(browser, "csn")
        answer = await browser.open(f"/sign-in/callback/{agency}", code="a", state=asked["state"])
        assert answer.status_code == 400
        assert not evil.got
