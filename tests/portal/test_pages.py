"""Pages as somebody reads them."""

import gzip
import re
from datetime import date

import pytest

from services.portal.web.assets import OWN
from tests.harness import eventually
from tests.portal.house import House


async def test_a_lone_specialist_finds_a_peer_to_call_on_the_first_page(house: House) -> None:
    """P4, D18: without a click."""
    browser = await house.signed_in("Ensam")
    await browser.open("/")
    assert "Granne" in browser.text
    assert 'href="tel:+4660184000"' in browser.page.text


async def test_the_first_page_tells_a_role_without_peers_from_no_role(house: House) -> None:
    await house.hire("spv", "Enderoll", roles=("generaldirektor",))
    await house.hire("spv", "Ingenroll", roles=())
    for name, said in (
        ("Enderoll", "Ingen på någon annan myndighet har din roll"),
        ("Ingenroll", "Vi vet inte"),
    ):
        browser = await house.signed_in(name)
        await browser.open("/")
        assert said in browser.text, name


async def test_people_are_found_with_the_reason_and_the_phone_number(house: House) -> None:
    """D1."""
    browser = await house.signed_in("Ensam", "en")
    await browser.open("/people", q="granne")
    assert "Matches the name" in browser.text
    await browser.open(f"/people/{house.people['Granne']}")
    assert "060" in browser.text or "+46" in browser.text
    assert "Ensam" in browser.text, "a peer at another agency"


async def test_a_role_mailbox_stands_in_for_those_who_are_not_shown(house: House) -> None:
    """D20: wherever people of a role are listed, also where there is nobody to list."""
    browser = await house.signed_in("Ensam", "en")
    me = house.people["Ensam"]
    await eventually(lambda: browser.open(f"/people/{me}/alone"), until=lambda page: page.status_code == 200)
    for path in (f"/people/{me}/alone", f"/people/{me}", "/phone-list?role=upphandlare&agency=spv"):
        await browser.open(path)
        assert "Shared mailboxes" in browser.text, path
        assert 'href="mailto:inkop@spv.example"' in browser.page.text, path


async def test_a_visit_card_can_be_saved(house: House) -> None:
    """D25."""
    browser = await house.signed_in("Ensam")
    answer = await browser.open(f"/people/{house.people['Granne']}/card.vcf")
    assert answer.headers["content-type"].startswith("text/vcard")
    assert "FN:Åsa Granne\r\n" in answer.text
    assert "TEL;TYPE=work:+4660184000\r\n" in answer.text


async def test_the_language_can_be_switched_on_any_page_and_stays(house: House) -> None:
    """P3."""
    browser = await house.signed_in("Ensam")
    await browser.open("/people", q="granne")
    assert "Hitta personer" in browser.text
    answer = await browser.open("/language/en?back=%2Fpeople%3Fq%3Dgranne")
    assert answer.url.query == b"q=granne"
    assert "Find people" in browser.text
    await browser.open("/")
    assert 'lang="en"' in browser.page.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/people/not-a-person", "/people/3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"]
)
async def test_what_is_not_there_is_a_plain_page_with_the_right_status(house: House, path: str) -> None:
    browser = await house.signed_in("Ensam")
    assert (await browser.open(path)).status_code == 404
    assert "Sidan finns inte" in browser.text


async def test_a_body_that_is_too_large_or_no_form_is_a_plain_page(house: House) -> None:
    browser = await house.signed_in("Ensam")
    large = await browser.http.post("/sign-out", content=b"a=" + b"x" * 1_100_000)
    assert large.status_code == 413
    assert "text/html" in large.headers["content-type"]
    odd = await browser.http.post("/sign-out", json={"csrf": "1"})
    assert odd.status_code == 415
    assert "<h1>" in odd.text


async def test_every_page_is_protected_by_its_headers_and_holds_no_script_of_its_own(house: House) -> None:
    browser = await house.signed_in("Ensam")
    for path in ("/", "/people", "/accessibility", "/nowhere"):
        answer = await browser.open(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_files_are_kept_for_ever_under_the_name_of_their_content(house: House) -> None:
    portal = house.portal.service.app.state.portal
    browser = house.browser()
    answer = await browser.open(portal.assets.url("portal.css"))
    assert "immutable" in answer.headers["cache-control"]
    assert (await browser.open("/static/000000000000/portal.css")).status_code == 404


async def test_the_style_sheet_is_sent_without_its_layout_and_with_all_its_rules(house: House) -> None:
    sent = (await house.browser().open(house.portal.service.app.state.portal.assets.url("portal.css"))).text
    written = re.sub(r"(?s)/\*.*?\*/", "", (OWN / "portal.css").read_text(encoding="utf-8"))
    assert "/*" not in sent
    assert "\n" not in sent
    assert '.stack td[data-is]::before{content: attr(data-is) ": ";' in sent
    rules = [re.sub(r"\s|;(?=\s*})|asset\([^)]*\)|url\([^)]*\)", "", css) for css in (written, sent)]
    assert rules[0] == rules[1]


async def test_a_first_visit_is_light(house: House) -> None:
    """At most 60 kB compressed, apart from the design system."""
    portal = house.portal.service.app.state.portal
    browser = await house.signed_in("Ensam")
    for path in ("/sign-in", "/", "/people?q=upphandlare"):
        page = gzip.compress((await browser.open(path)).content)
        names = [
            "portal.css",
            "mark.svg",
            "text.woff2",
            *(["htmx.js"] if "htmx" in browser.page.text else []),
        ]
        files = [portal.assets._assets[name] for name in names]
        weight = len(page) + sum(len(file.zipped or file.content) for file in files)
        assert weight < 60_000, (path, weight)


async def test_a_phone_list_by_role_is_read_printed_and_taken_along(house: House) -> None:
    """D25: as a page, as CSV, and a group as visit cards."""
    browser = await house.signed_in("Ensam")
    await browser.open("/phone-list", role="upphandlare")
    assert "Granne" in browser.text
    assert 'href="tel:+4660184000"' in browser.page.text
    sheet = await browser.open("/phone-list.csv", role="upphandlare")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "Granne" in sheet.text
    await browser.open("/groups")
    await browser.post("/groups", name="Tar med sig korten")
    group = browser.page.url.path
    cards = await browser.open(f"{group}/cards.vcf")
    assert cards.headers["content-type"].startswith("text/vcard")
    assert "KIND:group\r\n" in cards.text


async def test_an_address_that_no_page_has_keeps_the_menu_of_who_is_signed_in(house: House) -> None:
    browser = await house.signed_in("Ensam")
    await browser.open("/nowhere")
    assert 'href="/people"' in browser.page.text


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_accessibility_statement_says_what_the_law_asks_for(house: House, language: str) -> None:
    portal = house.portal.service.app.state.portal
    before = portal.settings
    portal.settings = before.model_copy(
        update={
            "operator": "Testverket",
            "conformance": "partial",
            "known_faults": "Kartan läses inte upp.",
            "known_faults_en": "The map is not read out.",
            "assessed_on": date(2026, 11, 3),
            "statement_on": date(2026, 11, 20),
            "accessibility_contact": "tillganglighet@testverket.example",
        }
    )
    try:
        browser = house.browser(language)
        await browser.open("/accessibility")
    finally:
        portal.settings = before
    wanted = {
        "sv": (
            "Testverket",
            "delvis förenligt",
            "Kartan läses inte upp.",
            "3 november 2026",
            "20 november 2026",
        ),
        "en": (
            "Testverket",
            "partly conforms",
            "The map is not read out.",
            "3 November 2026",
            "20 November 2026",
        ),
    }
    assert not [words for words in wanted[language] if words not in browser.text]
    assert 'href="mailto:tillganglighet@testverket.example"' in browser.page.text
    assert 'href="https://www.digg.se/' in browser.page.text


async def test_a_search_says_how_many_and_which_word_nobody_has(house: House) -> None:
    browser = await house.signed_in("Ensam")
    await browser.open("/people", q="granne kvantfysik")
    assert "En träff" in browser.text
    assert "Ingen i nätverket har ordet ”kvantfysik”." in browser.text
    assert "Granne" in browser.text


async def test_a_topic_nobody_has_written_on_says_so_once_and_offers_to_ask(house: House) -> None:
    browser = await house.signed_in("Ensam")
    await browser.open("/practice", topic="tjänstecyklar på vintern")
    assert browser.text.count("Ingen myndighet har skrivit ner") == 1
    assert "Inte nedskrivet än" not in browser.text
    [link] = re.findall(r'href="(/new-question[^"]+)"', browser.page.text)
    await browser.open(link)
    assert 'value="Hur gör ni med tjänstecyklar på vintern?"' in browser.page.text
