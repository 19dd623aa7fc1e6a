"""The coordinator's page and the steering committee's (D3, D6, D24, P6, P7, P8)."""

from tests.harness import eventually
from tests.portal.house import Browser, House


async def a_coordinator(house: House, name: str = "Samordnar", language: str = "sv") -> Browser:
    if name not in house.people:
        await house.hire("csn", name, roles=("utredare",))
        await house.directory.coordinate("csn", house.people[name])
        changed = await house.directory.http.patch(
            "/directory/v1/agencies/csn",
            json={"steering": [house.people[name]]},
            headers=house.directory.admin,
        )
        assert changed.status_code == 200, changed.text
    browser = await house.signed_in(name, language)

    async def look() -> int:
        # Each service must have heard of it.
        await browser.open("/agency")
        return browser.page.status_code

    await eventually(look, until=lambda status: status == 200)
    return browser


async def test_a_coordinator_maps_words_and_makes_and_revokes_keys(house: House) -> None:
    browser = await a_coordinator(house)
    assert "Min myndighet" in browser.text
    await browser.post("/agency/mappings", word="Inköpsstrateg/senior", code="upphandlare")
    assert "Inköpsstrateg/senior" in browser.text
    await browser.post("/agency/mappings/removal", word="Inköpsstrateg/senior")
    assert "Inköpsstrateg/senior" not in browser.text
    await browser.post("/agency/tokens", name="", scopes=[])
    assert "2 saker behöver rättas" in browser.text
    await browser.post("/agency/tokens", name="intranätet", scopes=["directory:read"])
    assert "agn_" in browser.page.text
    assert browser.page.headers["cache-control"] == "no-store"
    await browser.open("/agency")
    assert "agn_" not in browser.page.text, "it is shown once"
    assert "intranätet" in browser.text


async def test_a_steering_member_sees_the_network_with_each_picture_as_a_table(house: House) -> None:
    browser = await a_coordinator(house, language="en")
    await browser.open("/network")
    assert "The network right now" in browser.text
    assert "people who can be found" in browser.text
    assert browser.page.text.count("<table") >= 3
    assert 'aria-hidden="true" focusable="false"><rect' in browser.page.text


async def test_for_others_these_pages_are_not_there(house: House) -> None:
    browser = await house.signed_in("Ensam")
    for path in ("/agency", "/network"):
        assert (await browser.open(path)).status_code == 404
    await browser.open("/")
    assert (await browser.post("/agency/tokens", name="x", scopes=["directory:read"])).status_code == 404
    assert "/agency" not in browser.page.text
