"""Signing in by mail (P5)."""

from datetime import timedelta

import pytest

from services.portal.handlers.signing_in import link_for
from services.portal.rules.signing_in import may_sign_in, onward
from shared.contracts.topics import NOTIFY_REQUESTS
from tests.directory.network import staff
from tests.harness import a_person, an_agency, eventually, mailbox, messages, records
from tests.portal.house import Browser, House


async def test_a_link_from_the_mail_signs_in_once(house: House) -> None:
    await house.hire("csn", "Brevvän")
    browser = house.browser()
    await browser.open("/people", q="upphandlare")
    assert browser.page.url.path == "/sign-in"
    answer = await browser.post("/sign-in", email="BREVVAN@csn.example", onward="/people?q=upphandlare")
    assert "Titta i din mejl" in browser.text
    link = await house.link_to("Brevvän")
    secret = link.rpartition("/")[2]
    # Notify forgets the mail itself as soon as it is out.
    await eventually(lambda: kept_in(house, secret), until=lambda found: not found)
    for _ in range(3):
        await browser.open(link)
        assert "Ett steg kvar" in browser.text, "looking at it uses nothing up"
    answer = await browser.post(link)
    assert answer.url.path == "/people", "where they were going"
    again = house.browser()
    await again.open(link)
    assert (await again.post(link)).status_code == 410
    assert "Länken gäller inte längre" in again.text


async def kept_in(house: House, secret: str) -> list[str]:
    """Collections and topics that hold the secret of a link."""
    found: list[str] = []
    for running in (house.portal, house.others["notify"]):
        for name in await running.mongo.db.list_collection_names():
            # Whatever the field is called, so without an index.
            kept = await running.mongo.db[name].find().hint({"$natural": 1}).to_list(None)
            found += [name] if secret in str(kept) else []
    asked = await records(house.settings, NOTIFY_REQUESTS.name)
    return found + ["notify.requests" for each in asked if secret.encode() in (each.value or b"")]


async def test_what_kafka_keeps_of_a_sign_in_opens_nothing(house: House) -> None:
    await house.hire("csn", "Avlyssnad")
    browser = house.browser()
    await browser.open("/sign-in")
    await browser.post("/sign-in", email="avlyssnad@csn.example")
    await house.link_to("Avlyssnad")
    asked = await messages(house.settings, NOTIFY_REQUESTS)
    [subject] = [each.data.subject for each in asked if each.data.person_id == house.people["Avlyssnad"]]
    attempt = subject.partition("/")[2]
    for path in (attempt, f"mailed%2F{attempt}", f"mailed/{attempt}"):
        stranger = house.browser()
        await stranger.open("/sign-in")
        await stranger.post(f"/sign-in/{path}")
        assert stranger.page.status_code in {404, 405, 410, 422}
        assert "session" not in stranger.http.cookies


async def test_nobody_learns_whether_an_address_exists(house: House) -> None:
    known, unknown = house.browser(), house.browser()
    for browser, address in ((known, "granne@csn.example"), (unknown, "ingen@csn.example")):
        await browser.open("/sign-in")
        await browser.post("/sign-in", email=address)
    assert known.page.status_code == unknown.page.status_code == 200
    assert known.text.replace("granne@", "") == unknown.text.replace("ingen@", "")
    assert not {k for k in known.page.headers if k not in unknown.page.headers}
    nobodys = house.portal.mongo.db.links.aggregate([{"$sort": {"_id": 1}}, {"$match": {"people": []}}])
    assert await nobodys.to_list(None), "an unknown address costs the same writes"


async def test_a_link_that_is_too_old_offers_a_new_one(house: House) -> None:
    browser = house.browser("en")
    await browser.open("/sign-in")
    await browser.post("/sign-in", email="granne@csn.example")
    link = await house.link_to("Granne")
    app = house.portal.service.app
    clock = app.state.clock
    app.state.clock = lambda: clock() + timedelta(minutes=16)
    try:
        await browser.open(link)
        assert (await browser.post(link)).status_code == 410
    finally:
        app.state.clock = clock
    assert "Send me a new link" in browser.text


async def test_too_many_tries_are_stopped_for_known_and_unknown_alike(house: House) -> None:
    for address in ("granne@csn.example", "hittepa@csn.example"):
        browser = house.browser()
        await browser.open("/sign-in")
        statuses = []
        for _ in range(7):
            await browser.open("/sign-in")
            statuses.append((await browser.post("/sign-in", email=address)).status_code)
        assert statuses[-1] == 429
        assert "Vänta lite" in browser.text
    await house.portal.mongo.db.tries.delete_many({"_id": {"$gt": ""}})


async def test_what_is_no_address_is_said_beside_the_field_and_kept(house: House) -> None:
    browser = house.browser()
    await browser.open("/sign-in")
    answer = await browser.post("/sign-in", email="åsa<b>")
    assert answer.status_code == 422
    assert 'value="åsa&lt;b&gt;"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "En sak behöver rättas" in browser.text


async def test_a_form_from_elsewhere_is_refused(house: House) -> None:
    browser = await house.signed_in("Granne")
    assert (await browser.post("/sign-out", csrf="")).status_code == 403
    assert (await browser.post("/sign-out", csrf="00" * 64)).status_code == 403
    await browser.open("/")
    good = browser.csrf
    other = await house.signed_in("Ensam")
    assert (await other.post("/sign-out", csrf=good)).status_code == 403, "another person's token"
    browser.http.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await browser.post("/sign-out", csrf=good)).status_code == 403
    del browser.http.headers["Sec-Fetch-Site"]
    assert (await browser.post("/sign-out", csrf=good)).url.path == "/sign-in"


async def test_signing_out_everywhere_ends_every_session(house: House) -> None:
    here, there = await house.signed_in("Granne"), await house.signed_in("Granne")
    await here.open("/")
    await here.post("/sign-out", everywhere="yes")
    assert (await there.open("/")).url.path == "/sign-in"


async def test_who_leaves_or_becomes_protected_is_signed_out_and_gets_no_link(house: House) -> None:
    """D20: fails closed."""
    await house.hire("spv", "Slutar", "Skyddad")
    for name, change in (("Slutar", {"status": "left"}), ("Skyddad", {"protected": True})):
        browser = await house.signed_in(name)
        email = mailbox(name, "spv.example")
        await house.directory.hire("spv", staff(name.lower(), family_name=name, email=email, **change))
        await eventually(lambda b=browser: _where(b), until=lambda path: path == "/sign-in")
        state = house.portal.service.app.state
        assert await link_for(state.mongo, email, "http://x", state.clock()) is None
        assert not await house.portal.mongo.db.sessions.find_one({"person_id": house.people[name]})


async def _where(browser: Browser) -> str:
    return (await browser.open("/")).url.path


async def test_the_cookie_is_out_of_scripts_reach(house: House) -> None:
    browser = house.browser()
    await browser.open("/sign-in")
    kept = browser.page.headers["set-cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept


async def test_the_public_keys_are_published_without_the_private(house: House) -> None:
    keys = (await house.browser().open("/.well-known/jwks.json")).json()["keys"]
    assert keys
    assert not any("d" in key for key in keys)


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("a@csn.example", True),
        ("a@kansli.csn.example", True),
        ("a@notcsn.example", False),
        ("a@spv.example", False),
    ],
)
def test_only_an_address_at_ones_own_agency_signs_in(address: str, may: bool) -> None:
    assert may_sign_in(a_person("csn", email=address), an_agency("csn")) is may
    assert not may_sign_in(a_person("csn", email=address), None)
    assert not may_sign_in(a_person("csn", email=address, status="left"), an_agency("csn"))


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example", "/\\evil", "evil", "/a\nb", "/sign-out"]
)
def test_nobody_is_sent_on_to_another_site(evil: str) -> None:
    assert onward(evil) == "/"
    assert onward("/people?q=a%20b") == "/people?q=a%20b"


async def test_a_program_that_only_looks_whether_a_page_is_there_is_told(house: House) -> None:
    """Mail gateways and monitors ask by HEAD."""
    http = house.portal.http
    head, got = await http.head("/sign-in"), await http.get("/sign-in")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert (await http.head("/there-is-no-such-page")).status_code == 404
    assert (await http.options("/sign-in")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    away = await http.get("/people/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert "evil.example" not in away.headers.get("location", "")
