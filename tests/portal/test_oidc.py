"""Signing in at one's agency (P5), against a provider of its own."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from oidc_provider_mock import User
from pydantic import ValidationError

from services.portal.rules.providers import Login, Provider
from services.portal.web.providers import ProviderFailed, check, load
from tests.directory.network import staff
from tests.harness import eventually
from tests.portal.house import Browser, House
from tests.portal.provider import answered, at_its_own

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SPV = Provider(issuer="https://login.spv.example", client_id="portal")
ASTA = User(
    sub="asta", claims={"email": "Asta@spv.example".lower(), "email_verified": True, "employee": "asta"}
)


async def sent_there(browser: Browser, email: str, onward: str = "/people") -> str:
    """The provider's address that somebody is sent on to."""
    await browser.open("/sign-in")
    await browser.post("/sign-in", email=email, onward=onward)
    assert "Logga in hos" in browser.text
    there = browser.page.text.split("0; url=")[1].split('"')[0].replace("&amp;", "&")
    answer = await browser.http.get(there)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_the_agency_says_who_it_is_and_one_is_signed_in_where_one_was_going(house: House) -> None:
    await house.hire("spv", "Asta")
    browser = house.browser()
    with at_its_own(house, "spv", ASTA) as provider:
        there = await sent_there(browser, "asta@spv.example")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        assert there.startswith(provider.issuer)
        assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
        assert asked["login_hint"] == "asta@spv.example"
        kept = await house.portal.mongo.db.logins.find({"_id": {"$gt": ""}}).to_list(None)
        assert asked["state"] not in str(kept)
        assert asked["code_challenge"] in {create_s256_code_challenge(one["verifier"]) for one in kept}, (
            "PKCE"
        )
        back = await answered(there, "asta")
        stranger = house.browser()
        await stranger.open("/sign-in")
        assert (await stranger.open(back)).status_code == 400, "another browser's answer signs nobody in"
        answer = await browser.open(back)
        assert answer.url.path == "/people", browser.text
        assert "Asta" in browser.text
        assert (await browser.open(back)).status_code == 400, "an answer is used once"
    assert not await house.portal.mongo.db.tries.find_one({"_id": "spv"})
    await browser.open("/")
    await browser.post("/sign-out")
    assert (await browser.open("/")).url.path == "/sign-in"


async def test_no_link_by_mail_goes_past_the_agencys_own_sign_in(house: House) -> None:
    before = await house.portal.mongo.db.links.count_documents({"_id": {"$gt": ""}})
    with at_its_own(house, "spv", ASTA):
        await sent_there(house.browser(), "nobody@kansli.spv.example")
        other = house.browser()
        await other.open("/sign-in")
        await other.post("/sign-in", email="granne@csn.example")
        assert "Titta i din mejl" in other.text, "other agencies' people get their link"
    assert await house.portal.mongo.db.links.count_documents({"_id": {"$gt": ""}}) == before + 1


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"email": "ingen@spv.example", "email_verified": True}, {}),
        ({"email": "granne@csn.example", "email_verified": True}, {}),
        ({"email": "asta@spv.example", "email_verified": False}, {}),
        ({"email": "asta@spv.example"}, {}),
        ({"email": "asta@spv.example", "email_verified": True}, {"employee_claim": "employee"}),
        ({"employee": "granne"}, {"employee_claim": "employee"}),
    ],
    ids=["unknown", "another agency", "unverified", "silent", "without the id", "another agency's id"],
)
async def test_whom_the_network_does_not_know_gets_a_friendly_page(
    house: House, claims: Mapping[str, Any], told: Mapping[str, Any]
) -> None:
    """Never across agencies: a provider speaks for its own people only."""
    if "Asta" not in house.people:
        await house.hire("spv", "Asta")
    browser = house.browser()
    with at_its_own(house, "spv", User(sub="x", claims=dict(claims)), **told):
        back = await answered(await sent_there(browser, "asta@spv.example"), "x")
        assert (await browser.open(back)).status_code == 403
    assert "Din myndighet känner dig, men inte nätverket än" in browser.text
    assert (await browser.open("/me")).url.path == "/sign-in"


async def test_an_address_at_the_agency_of_somebody_who_works_elsewhere_signs_nobody_in(house: House) -> None:
    [lent] = await house.directory.hire(
        "csn", staff("utlanad", family_name="Utlånad", email="utlanad@spv.example")
    )
    await eventually(lambda: house.portal.mongo.db.people.find_one({"_id": lent}))
    browser = house.browser()
    user = User(sub="u", claims={"email": "utlanad@spv.example", "email_verified": True})
    with at_its_own(house, "spv", user):
        await browser.open(await answered(await sent_there(browser, "utlanad@spv.example"), "u"))
    assert browser.page.status_code == 403


async def test_an_employees_id_tells_who_it_is_where_the_agency_says_so(house: House) -> None:
    await house.directory.hire("spv", staff("e-77", family_name="Idstark", email="nytt@spv.example"))
    await house.hire("spv", "Idvän")
    user = User(sub="y", claims={"employee": "idvän"})
    browser = house.browser()
    with at_its_own(house, "spv", user, employee_claim="employee"):
        await browser.open(await answered(await sent_there(browser, "x@spv.example", "/me"), "y"))
    assert browser.page.url.path == "/me"
    assert "Idvän" in browser.text


async def test_whoever_says_no_there_or_comes_late_or_with_a_forged_answer_gets_a_plain_page(
    house: House,
) -> None:
    browser = house.browser()
    app = house.portal.service.app
    with at_its_own(house, "spv", ASTA):
        asked = await sent_there(browser, "asta@spv.example")
        denied = await answered(asked, None)
        # RFC 6749 4.1.2.1 has it in the answer; this provider leaves it out.
        denied += f"&state={parse_qs(urlsplit(asked).query)['state'][0]}"
        assert (await browser.open(denied)).status_code == 403
        assert "Du blev inte inloggad" in browser.text
        assert "denied" not in browser.text, "nothing of theirs is shown"
        there = await sent_there(browser, "asta@spv.example")
        state = parse_qs(urlsplit(there).query)["state"][0]
        assert (await browser.open("/sign-in/callback/spv", code="forged", state=state)).status_code == 502
        assert (await browser.open("/sign-in/callback/spv", code="a", state="b" * 43)).status_code == 400
        assert (await browser.open("/sign-in/callback/spv")).status_code == 400
        late = await answered(await sent_there(browser, "asta@spv.example"), "asta")
        clock = app.state.clock
        app.state.clock = lambda: clock() + timedelta(minutes=11)
        try:
            assert (await browser.open(late)).status_code == 400
        finally:
            app.state.clock = clock
        assert (await browser.open("/sign-in/with/csn")).status_code == 404
    portal = app.state.portal
    with at_its_own(house, "spv", ASTA) as provider:
        gone = provider.model_copy(update={"issuer": "http://localhost:9"})
        portal.providers._providers = {"spv": gone}
        assert (await browser.open("/sign-in/with/spv")).status_code == 502
        assert "Du blev inte inloggad" in browser.text


async def test_another_issuer_or_another_ones_token_proves_nothing(house: House) -> None:
    browser = house.browser()
    portal = house.portal.service.app.state.portal
    with at_its_own(house, "spv", ASTA) as provider:
        replayed = await answered(await sent_there(browser, "asta@spv.example"), "asta")
        await house.portal.mongo.db.logins.update_many({"_id": {"$gt": ""}}, {"$set": {"nonce": "another"}})
        assert (await browser.open(replayed)).status_code == 502, "a token for another attempt"
        there = await sent_there(browser, "asta@spv.example")
        back = await answered(there, "asta")
        wrong = provider.model_copy(update={"client_id": "another"})
        portal.providers._providers = {"spv": wrong}
        assert (await browser.open(back)).status_code == 502
        lies = provider.model_copy(update={"issuer": provider.issuer.replace("localhost", "127.0.0.1")})
        portal.providers._told[lies.issuer] = (0.0, {})
        real = await portal.providers._json(f"{provider.issuer}/.well-known/openid-configuration")
        assert real["issuer"] == provider.issuer

        async def liar(_address: str) -> Any:
            return {**real, "issuer": "https://evil.example"}

        portal.providers._json = liar
        with pytest.raises(ProviderFailed, match="another_issuer"):
            await portal.providers._metadata(lies)


def proved(**changes: Any) -> dict[str, Any]:
    good = {
        "iss": "https://login.spv.example", "aud": "portal", "sub": "asta", "nonce": "n",
        "exp": int(NOW.timestamp()) + 300, "iat": int(NOW.timestamp()),
    }  # fmt: skip
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes", [{}, {"aud": ["other", "portal"], "azp": "portal"}, {"iss": "https://login.spv.example/"}]
)
def test_what_a_provider_says_is_taken_when_it_is_for_us(changes: dict[str, Any]) -> None:
    check(proved(**changes), SPV, Login("s", "n", "v"), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.csn.example"},
        {"aud": "another"},
        {"aud": ["portal", "other"], "azp": "other"},
        {"nonce": "of another attempt"},
        {"exp": int(NOW.timestamp()) - 61},
        *[{name: None} for name in ("iss", "aud", "sub", "nonce", "exp")],
    ],
    ids=str,
)
def test_what_is_anothers_or_old_or_says_too_little_proves_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(JoseError):
        check(proved(**changes), SPV, Login("s", "n", "v"), NOW)


@pytest.mark.parametrize("issuer", ["http://login.example", "ftp://x", "https://a?b", "login.example"])
def test_a_provider_is_reached_by_https(issuer: str) -> None:
    with pytest.raises(ValidationError):
        Provider(issuer=issuer, client_id="x")


def test_what_is_wrong_with_the_file_is_said_at_the_start(tmp_path: Any) -> None:
    path = tmp_path / "providers.json"
    path.write_text('{"spv": {"issuer": "https://login.example", "client_id": "x", "clientsecret": "y"}}')
    with pytest.raises(ValidationError, match="clientsecret"):
        load(path)
    assert load(None) == {}


async def test_the_language_is_switched_also_where_signing_in_has_failed(house: House) -> None:
    """A provider's answer is read once: to come back to it would be another failure."""
    browser = house.browser("sv")
    failed = await browser.open("/sign-in/callback/spv?state=gone&code=hemlig")
    assert failed.status_code == 400
    (switch,) = re.findall(r'href="(/language/en\?back=[^"]*)"', failed.text)
    assert "hemlig" not in switch
    assert (await browser.open(switch)).status_code == 200
    assert 'lang="en"' in browser.page.text
