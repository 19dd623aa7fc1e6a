"""D9 for a coordinator: a file is chosen, tried, its headings mended, and taken in."""

import re
from typing import Any

from services.directory.imports.rules import headings
from services.portal.api.agency import imports
from tests.harness import eventually
from tests.portal.house import Browser, House
from tests.portal.office import EXPORT, a_coordinator


async def send(browser: Browser, content: bytes, name: str = "personal.csv", **fields: Any) -> None:
    """As a browser does that has the page open."""
    await browser.open("/agency/imports")
    browser.page = await browser.http.post(
        "/agency/imports",
        data={"csrf": browser.csrf, **fields},
        files={"file": (name, content, "text/csv")},
        follow_redirects=True,
    )


async def done(browser: Browser) -> str:
    """Reload the page of an import until it is done; returns its path."""
    path = browser.page.url.path
    assert re.fullmatch(r"/agency/imports/[0-9a-f-]{36}", path), browser.text

    async def look() -> str:
        await browser.open(path)
        return browser.text

    await eventually(look, until=lambda text: "Se hur långt det har kommit" not in text)
    return path


def test_every_field_of_an_export_can_be_chosen() -> None:
    assert set(imports.FIELDS) == set(headings.FIELDS)


async def test_a_file_is_tried_and_taken_in_and_its_faults_are_saved(house: House) -> None:
    browser = await a_coordinator(house)
    await browser.open("/agency/imports")
    assert "högst 64 MB" in browser.text
    export = EXPORT.replace(b"filad", b"inlad").replace(b"Filad", b"Inlad")
    await send(browser, export)
    path = await done(browser)
    for words in (
        "Så här skulle det bli",
        "Inget har ändrats än.",
        "Rad 3",
        "är inget datum",
        "Kostnadsställe",
    ):
        assert words in browser.text
    assert await house.directory.names(q="Inlad") == []
    report = await browser.http.get(f"{path}/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    assert "3;inlad2;Anställd fr.o.m.;är inget datum" in report.content.decode("utf-8-sig")
    await browser.open(path)
    await browser.post(path, do="import")
    await done(browser)
    assert "Filen är inläst" in browser.text
    await eventually(lambda: house.directory.names(q="Inlad"), until=lambda names: len(names) == 2)
    await browser.open("/agency/imports")
    assert "Bara prövad" in browser.text
    assert "Inläst" in browser.text
    await send(browser, export)
    await done(browser)
    assert "Inget i filen är nytt" in browser.text


async def test_headings_are_mended_on_the_page_and_remembered(house: House) -> None:
    browser = await a_coordinator(house)
    await send(browser, "Kod;Namn;Salongsplats\r\nrub1;Åsa Rubrik;Sundsvall\r\n".encode())
    path = await done(browser)
    assert "Filen gick inte att läsa" in browser.text
    assert "Anställningsnummer filen saknar den kolumnen" in browser.text
    await browser.post(path, do="again", **{"heading-1": "Kod", "field-1": "salary"})
    assert browser.page.status_code == 400
    await browser.open(path)
    rows = dict(re.findall(r'name="(heading-\d+)" value="([^"]+)"', browser.page.text))
    number = {heading: name.removeprefix("heading-") for name, heading in rows.items()}
    chosen = {f"field-{number['Kod']}": "employee_id", f"field-{number['Salongsplats']}": "location"}
    await browser.post(path, do="again", **{**rows, f"field-{number['Namn']}": "name", **chosen})
    second = await done(browser)
    assert second != path
    assert "Så här skulle det bli" in browser.text
    assert re.search(r'(?s)Salongsplats".*?value="location" selected', browser.page.text)
    await browser.post(second, do="import")
    await done(browser)
    await eventually(lambda: house.directory.names(q="Rubrik"), until=lambda names: names == ["Rubrik"])
    await send(browser, "KOD;Namn;Salongsplats\r\nrub1;Åsa Rubrik;Umeå\r\n".encode())
    await done(browser)
    assert "Så här skulle det bli" in browser.text, "the next file is read at once"
    await browser.open(path)
    await browser.post(path, do="import")
    assert "Filen är inläst" in browser.text, "an old page leads to what became of the file"
    await browser.open(path)
    await browser.post(path, do="again")
    assert browser.page.status_code == 409
    assert "Filen finns inte kvar" in browser.text


async def test_a_file_that_is_none_is_answered_kindly(house: House) -> None:
    browser = await a_coordinator(house)
    for content, name in ((b"", ""), (b"", "tom.csv")):
        await send(browser, content, name, complete="yes")
        assert browser.page.status_code == 422
        assert "Välj en fil som inte är tom." in browser.text
        assert 'value="yes" checked' in browser.page.text
    await send(browser, b"\x89PNG\r\n\x1a\n\0\0\0", "bild.png")
    await done(browser)
    assert "filen är varken UTF-8 eller Windows-1252" in browser.text
    browser.page = await browser.http.post(
        "/agency/imports",
        content=b"--x\r\nbroken",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert browser.page.status_code in {400, 403}
    assert "<h1" in browser.page.text
    browser.page = await browser.http.post(
        "/agency/imports", headers={"Content-Length": "64200000"}, content=b"x"
    )
    assert browser.page.status_code == 413
    assert "<h1" in browser.page.text
    await browser.open("/agency/imports")
    assert (await browser.post("/agency/imports")).status_code == 415


async def test_a_file_is_taken_from_our_own_page_alone(house: House) -> None:
    browser = await a_coordinator(house)
    sent = {"file": ("personal.csv", EXPORT, "text/csv")}
    forged = await browser.http.post("/agency/imports", data={"csrf": "00"}, files=sent)
    assert forged.status_code == 403
    member = await house.signed_in("Granne")
    assert (await member.http.post("/agency/imports", files=sent)).status_code == 403
