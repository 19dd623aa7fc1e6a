"""The coordinator's pages and the steering committee's (D3, D6, D8, D13, P6, P7, P8)."""

import re

import httpx2
import pytest

from tests.directory.network import staff
from tests.harness import eventually, mailbox
from tests.portal.house import House
from tests.portal.office import PAGES, SECRET, a_coordinator, a_correction, a_mass_leave, a_refused_record


async def test_the_overview_says_how_the_feed_is_and_what_waits(house: House) -> None:
    browser = await a_coordinator(house)
    await a_refused_record(house, "översikt1")
    await a_correction(house, "Granne", "Ensam", field="title", value="Inköpschef")
    await browser.open("/agency")
    assert "Min myndighet" in browser.text
    assert "Poster kommer in" in browser.text
    assert "allt vi fått är inläst" in browser.text
    assert "avvisad" in browser.text
    assert "att avgöra" in browser.text
    assert "Profilerna är ifyllda till" in browser.text


async def test_a_refused_record_is_shown_with_its_reason_and_nothing_of_what_was_in_it(house: House) -> None:
    await a_refused_record(house, "avvisad1")
    for language, why in (
        ("sv", "employed_from är inget datum: skriv det som 2026-11-23"),
        ("en", "employed_from input should be a valid date"),
    ):
        browser = await a_coordinator(house, language=language)
        await browser.open("/agency/refused")
        assert "avvisad1" in browser.text
        assert why in browser.text
        assert SECRET not in browser.text


async def test_words_are_mapped_from_the_list_and_freely_and_taken_away_again(house: House) -> None:
    browser = await a_coordinator(house)
    await house.hire("csn", "Ordrik", title="Trollkarl", specialties=("Besvärjelser",))
    await browser.open("/agency/words")
    assert "Trollkarl" in browser.text
    assert "Besvärjelser" in browser.text
    await browser.post("/agency/words")
    assert browser.page.status_code == 422
    assert "Välj vad minst ett av orden betyder" in browser.text
    chosen = {"role-0-word": "Trollkarl", "role-0": "utredare", "specialty-0-word": "Besvärjelser"}
    await browser.post("/agency/words", **chosen, **{"specialty-0": "trolleri"})
    assert browser.page.status_code == 422, "one is not on the list"
    assert "Välj ett av områdena" in browser.text
    await browser.post("/agency/words", **chosen, **{"specialty-0": "ramavtal"})
    assert browser.page.status_code == 200
    assert "2 ord är tolkade" in browser.text
    await eventually(
        lambda: house.directory.names(role="utredare", q="Ordrik"), until=lambda names: names == ["Ordrik"]
    )
    await browser.post("/agency/words/own", word="", code="")
    assert "2 saker behöver rättas" in browser.text
    await browser.post("/agency/words/own", word="Inköpsstrateg/senior", code="upphandlare")
    assert "Inköpsstrateg/senior" in browser.text
    for kind, word in ("role", "Inköpsstrateg/senior"), ("role", "Trollkarl"), ("specialty", "Besvärjelser"):
        await browser.post("/agency/words/removal", kind=kind, word=word, sure="yes")
        assert browser.page.status_code == 200
    assert "Inköpsstrateg/senior" not in browser.text
    assert (await browser.post("/agency/words/removal", kind="planet", word="Mars")).status_code == 400


async def test_a_correction_is_decided_with_an_answer_and_taken_back(house: House) -> None:
    browser = await a_coordinator(house)
    await house.hire("csn", "Rättas", title="Fel")
    first = await a_correction(house, "Rättas", "Ensam", field="title", value="Rätt", comment="Sedan i maj")
    second = await a_correction(house, "Rättas", "Ensam", kind="has_left")
    await browser.open("/agency/corrections")
    for words in ("Rättas", "Fel", "Rätt", "Sedan i maj", "Åsa Ensam", "har slutat?"):
        assert words in browser.text
    answer = "x" * 300
    await browser.post(f"/agency/corrections/{second}", decision="rejected", answer=answer)
    assert browser.page.status_code == 422
    assert answer in browser.page.text, "what was typed is still there"
    await browser.post(f"/agency/corrections/{second}", decision="rejected", answer="Nej, hon är kvar.")
    await browser.post(f"/agency/corrections/{first}", decision="accepted")
    assert browser.page.status_code == 200
    person = house.people["Rättas"]
    assert (await house.directory.person(person))["title"] == "Rätt"
    again = await browser.post(f"/agency/corrections/{second}", decision="accepted")
    assert again.status_code == 409
    assert "Rättelsen är redan avgjord" in browser.text
    await browser.post(f"/agency/corrections/{first}", decision="rejected")
    assert (await house.directory.person(person))["title"] == "Fel"
    unknown = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"
    assert (await browser.post(f"/agency/corrections/{unknown}", decision="accepted")).status_code == 404


async def test_a_correction_of_somebody_who_is_protected_by_now_names_nobody(house: House) -> None:
    """D20."""
    browser = await a_coordinator(house)
    await house.hire("csn", "Döljs", title="Synlig")
    await a_correction(house, "Döljs", "Ensam", field="title", value="Dold")
    await house.directory.hire("csn", staff("döljs", family_name="Döljs", protected=True))

    async def look() -> str:
        await browser.open("/agency/corrections")
        return browser.text

    await eventually(look, until=lambda text: "Inte längre aktuell" in text and "Döljs" not in text)
    assert "Någon som inte kan visas" in browser.text


async def test_a_mass_leave_shows_whom_it_is_about_and_waits_for_the_word(house: House) -> None:
    browser = await a_coordinator(house)
    held = await a_mass_leave(house)
    await browser.open("/agency")
    assert "uppges ha slutat" in browser.text
    await browser.open("/agency/leaves")
    assert "flock0" in browser.text
    await browser.open("/agency/leaves")
    await browser.post(f"/agency/leaves/{held}", decision="refuse")
    assert browser.page.status_code == 200
    assert "Det var ett misstag" in browser.text
    assert (await browser.post(f"/agency/leaves/{held}", decision="release", sure="yes")).status_code == 409
    assert "redan avgjort att de är kvar" in browser.text
    assert (await browser.post(f"/agency/leaves/{held}", decision="perhaps")).status_code == 400


async def test_a_key_is_shown_once_says_in_words_what_it_opens_and_is_revoked(house: House) -> None:
    browser = await a_coordinator(house)
    await browser.open("/agency/keys")
    await browser.post("/agency/keys", name="", scopes=[])
    assert "2 saker behöver rättas" in browser.text
    await browser.post("/agency/keys", name="intranätet", scopes=["directory:read"])
    assert "agn_" in browser.page.text
    assert browser.page.headers["cache-control"] == "no-store"
    await browser.open("/agency/keys")
    assert "agn_" not in browser.page.text, "it is shown once"
    assert "intranätet" in browser.text
    assert "directory:read" not in browser.text, "in words"
    row = browser.page.text.split("intranätet", 1)[1]
    token = row.split('name="token" value="', 1)[1][:16]
    await browser.post("/agency/keys/removal", token=token)
    assert "Ska nyckeln spärras?" in browser.text
    await browser.open("/agency/keys")
    assert "intranätet" in browser.text, "a question is no yes"
    await browser.post("/agency/keys/removal", token=token, sure="yes")
    assert browser.page.status_code == 200
    assert "Nyckeln är spärrad." in browser.text
    assert "intranätet" not in browser.text


async def test_who_did_what_is_told_in_words_and_names(house: House) -> None:
    """O2."""
    browser = await a_coordinator(house)
    await browser.open("/agency/words")
    await browser.post("/agency/words/own", word="Granskningsord", code="jurist")

    async def look() -> str:
        await browser.open("/agency/audit")
        return browser.text

    said = await eventually(look, until=lambda text: "Granskningsord" in text)
    assert "Tolkade ett ord: Granskningsord" in said
    assert "Åsa Samordnar" in said.split("Granskningsord")[1]
    assert "Gav någon ett uppdrag för myndigheten" in said
    for of in "courses", "notify":
        assert (await browser.open("/agency/audit", of=of)).status_code == 200
    assert (await browser.open("/agency/audit", of="everything")).status_code == 400


async def test_a_steering_member_sees_the_network_with_each_picture_as_a_table(house: House) -> None:
    browser = await a_coordinator(house, language="en")
    await browser.open("/network")
    assert "The network right now" in browser.text
    assert "people who can be found" in browser.text
    assert browser.page.text.count("<table") >= 3
    assert 'aria-hidden="true" focusable="false"><rect' in browser.page.text
    tables = re.findall(r"/network/(\w+)\.csv", browser.page.text)
    assert {"people", "alone", "connected"} <= set(tables)
    for name in set(tables):
        sheet = await browser.open(f"/network/{name}.csv")
        assert sheet.headers["content-type"].startswith("text/csv"), name
        assert sheet.text.startswith("\ufeff"), name
        assert ";" in sheet.text.splitlines()[0], name
    assert (await browser.open("/network/nothing.csv")).status_code == 404


async def test_for_others_these_pages_are_not(house: House) -> None:
    """A colleague at csn, and one elsewhere; what the matrix does not look at is what they are told."""
    for name in ("Granne", "Ensam"):
        browser = await house.signed_in(name)
        for path in PAGES:
            assert (await browser.open(path)).status_code == 403
            assert "Sidan är till för myndighetens samordnare" in browser.text
        assert (await browser.open("/network")).status_code == 403
        assert "Sidan är till för styrgruppen" in browser.text
        await browser.open("/")
        assert (await browser.post("/agency/keys", name="x", scopes=["directory:read"])).status_code == 403
        await browser.open("/")
        assert 'href="/agency"' not in browser.page.text


async def test_n17_a_colleague_whom_no_mail_reaches_is_shown_and_mailed_again(house: House) -> None:
    browser = await a_coordinator(house)
    await house.hire("csn", "Onåbar")
    house.post.refused[mailbox("Onåbar")] = "550 5.1.1 no such mailbox"
    stranger = house.browser()
    await stranger.open("/sign-in")
    await stranger.post("/sign-in", email=mailbox("Onåbar"))

    async def look() -> str:
        await browser.open("/agency/mail")
        return browser.text

    said = await eventually(look, until=lambda text: "Adresser att rätta" in text)
    assert "Onåbar mejlservern säger att ingen har adressen (550 5.1.1)" in said
    await browser.open("/agency")
    assert "går inte att nå med mejl" in browser.text
    await browser.open("/agency/mail")
    await browser.post(f"/agency/mail/{house.people['Onåbar']}")
    assert browser.page.status_code == 200
    assert "Nästa mejl går till den adressen igen." in browser.text
    del house.post.refused[mailbox("Onåbar")]
    await stranger.open("/sign-in")
    await stranger.post("/sign-in", email=mailbox("Onåbar"))
    await house.link_to("Onåbar")


@pytest.mark.parametrize("path", [page for page in PAGES if page != "/agency/mail"])
async def test_when_the_directory_is_down_the_coordinators_pages_say_so(house: House, path: str) -> None:
    browser = await a_coordinator(house)
    services = house.portal.service.app.state.portal.services
    before = services._urls, services._ways
    services._urls = {**before[0], "directory": "http://127.0.0.1:9"}
    services._ways = {**before[1], "directory": httpx2.AsyncHTTPTransport()}
    try:
        answer = await browser.open(path)
    finally:
        services._urls, services._ways = before
    assert answer.status_code == 200
    assert "Den här delen kan inte visas just nu" in browser.text


async def test_a_coordinator_s_first_page_shows_what_waits(house: House) -> None:
    browser = await a_coordinator(house)
    await house.hire("csn", "Startord", roles=("Stjärntydare",))
    await a_correction(house, "Startord", "Ensam", field="title", value="Tydare")

    async def look() -> str:
        await browser.open("/")
        return browser.text

    text = await eventually(look, until=lambda text: "att avgöra" in text and "att tolka" in text)
    assert "Väntar på dig som samordnare" in text
    assert 'href="/agency/corrections"' in browser.page.text
    other = await house.signed_in("Ensam")
    await other.open("/")
    assert "Väntar på dig som samordnare" not in other.text
