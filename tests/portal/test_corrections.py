"""Something is wrong about somebody: said from their page, and followed to its end (D8)."""

import re

from tests.harness import eventually, signed_in
from tests.portal.house import Browser, House
from tests.portal.office import a_coordinator


async def test_a_correction_is_proposed_from_a_persons_page_and_its_end_is_told(house: House) -> None:
    boss = await a_coordinator(house)
    await house.hire("csn", "Rättfram", title="Inköpare", unit="Ekonomi")
    browser = await house.signed_in("Ensam")
    person = f"/people/{house.people['Rättfram']}"
    await browser.open(person)
    assert f'href="{person}/correction"' in browser.page.text
    await browser.open(f"{person}/correction")
    for words in (
        "Stämmer något inte?",
        "Titel : Inköpare",
        "Enhet : Ekonomi",
        "Samordnaren på",
        "Har slutat",
    ):
        assert words in browser.text
    await browser.open(f"{person}/correction?what=title")
    assert 'value="Inköpare"' in browser.page.text, "as it is, to be mended"
    await browser.post(f"{person}/correction", what="title", value="Inköpare", comment="Läst på dörren")
    assert browser.page.status_code == 422
    assert "Så är det redan." in browser.text
    assert "Läst på dörren" in browser.page.text, "what was typed is still there"
    await browser.post(f"{person}/correction", what="title", value="Inköpschef", comment="Läst på dörren")
    assert browser.page.url.path == "/me/corrections"
    for words in ("Tack!", "Väntar på samordnaren", "Inköpschef", "Läst på dörren", "Åsa Rättfram"):
        assert words in browser.text
    await boss.open("/agency/corrections")
    (correction,) = re.findall(
        r"/agency/corrections/([0-9a-f-]{36})", boss.page.text.split("Rättfram", 1)[1]
    )[:1]
    await boss.post(f"/agency/corrections/{correction}", decision="accepted", answer="Bra sett.")
    await browser.open("/me/corrections")
    for words in ("Godtagen", "Bra sett.", "Åsa Samordnar"):
        assert words in browser.text
    assert "Tack!" not in browser.text
    await browser.open(person)
    assert "Inköpschef" in browser.text


async def test_each_field_is_asked_for_in_its_own_way(house: House) -> None:
    await house.hire("csn", "Fältrik", roles=("jurist",), specialties=("ramavtal",), phone="060-18 40 22")
    person = house.people["Fältrik"]
    browser = await house.signed_in("Ensam")
    path = f"/people/{person}/correction"

    async def refused(what: str, value: str | list[str], why: str) -> None:
        await browser.open(f"{path}?what={what}")
        await browser.post(path, what=what, value=value)
        assert (browser.page.status_code, why in browser.text) == (422, True), browser.text

    async def proposed(what: str, value: str | list[str], shown: str) -> None:
        await browser.open(f"{path}?what={what}")
        await browser.post(path, what=what, value=value)
        assert browser.page.url.path == "/me/corrections", browser.text
        assert shown in browser.text

    await refused("given_name", " ", "Skriv hur det borde vara.")
    await refused("roles", ["jurist"], "Så är det redan.")
    await refused("roles", ["trollkarl"], "Välj en av rollerna.")
    await refused("email", "ingen adress", "Skriv en mejladress")
    await refused("title", "x" * 201, "Skriv högst 200 tecken.")
    await browser.open(f"{path}?what=roles")
    assert re.search(r'value="jurist" checked', browser.page.text)
    assert "huvudskyddsombud" not in browser.page.text, "an assignment is no role"
    await proposed("roles", ["jurist", "upphandlare"], "Jurist och Upphandlare")
    await proposed("specialties", "ramavtal\r\n e-handel \r\n", "e-handel")
    await proposed("phone", "", "–")
    await browser.open(f"{path}?what=has_left")
    assert "Har Åsa Fältrik slutat?" in browser.text
    await browser.post(path, what="has_left", comment="Avtackad i fredags")
    assert "har slutat?" in browser.text
    assert (await browser.open(f"{path}?what=salary")).status_code == 400
    assert (await browser.post(path, csrf="x", what="title", value="y")).status_code == 403
    nobody = "/people/3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59/correction"
    assert (await browser.open(nobody)).status_code == 404
    await browser.open(path)
    assert (await browser.post(nobody, what="has_left")).status_code == 404


async def test_ones_own_details_are_corrected_the_same_way(house: House) -> None:
    await house.hire("csn", "Självrätt", title="Fel")
    browser = await house.signed_in("Självrätt")
    await browser.open("/me")
    path = f"/people/{house.people['Självrätt']}/correction"
    assert f'href="{path}"' in browser.page.text
    await browser.open(path)
    assert "Telefonnummer" not in browser.text, "that one says oneself"
    assert "Har slutat" not in browser.text
    await browser.open(f"{path}?what=title")
    await browser.post(path, what="title", value="Rätt")
    assert "Väntar på samordnaren" in browser.text


async def test_what_somebody_hides_is_not_told_by_what_may_be_corrected(house: House) -> None:
    """D16."""
    await house.hire("csn", "Döljer", phone="060-18 40 99")
    changed = await house.directory.http.patch(
        f"/directory/v1/people/{house.people['Döljer']}",
        json={"visibility": {"phone": "nobody"}},
        headers=signed_in(house.people["Döljer"], "csn"),
    )
    assert changed.status_code == 200, changed.text
    browser = await house.signed_in("Ensam")
    await browser.open(f"/people/{house.people['Döljer']}/correction?what=phone")
    assert browser.page.status_code == 200
    assert "18 40 99" not in browser.page.text


async def test_when_enough_waits_about_somebody_the_next_is_turned_away_in_words(house: House) -> None:
    await house.hire("csn", "Omtalad")
    browser = await house.signed_in("Ensam")
    path = f"/people/{house.people['Omtalad']}/correction"

    async def once_more() -> Browser:
        await browser.open(f"{path}?what=unit")
        await browser.post(path, what="unit", value="Salongen")
        return browser

    page = await eventually(once_more, until=lambda page: page.page.status_code != 200, within=60)
    assert page.page.status_code == 422
    assert "Många rättelser om personen väntar redan" in page.text
    assert 'value="Salongen"' in page.page.text
