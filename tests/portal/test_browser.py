"""The portal in a real browser: nothing for axe to say, nothing too wide, and the journeys (P1, P2, P3)."""

from datetime import UTC, datetime, timedelta

import pytest
from oidc_provider_mock import User

from tests.harness import eventually, mailbox
from tests.portal.chromium import Chromium
from tests.portal.house import URL, House
from tests.portal.office import PAGES, a_coordinator, something_of_everything
from tests.portal.provider import at_its_own
from tests.portal.states import Pages, pages_in_their_states
from tests.portal.test_courses import a_course

pytestmark = [pytest.mark.ci, pytest.mark.timeout(400)]
OUTSIDE = ("/sign-in", "/accessibility", "/sign-in/" + "x" * 43, "/nowhere")
INSIDE = ("/", "/phone-list", "/phone-list?role=upphandlare", "/people", "/people?q=upphandlare", "/people?q=zzzzz", "/meetings", "/meetings?held=true", "/new-meeting", "/courses",
          "/groups", "/me", "/me/calendar", "/me/corrections", "/me/held", "/me/mail", "/questions", "/new-question", "/practice", "/practice?topic=friskvård", "/new-practice", "/nowhere", "/agency", "/network")  # fmt: skip
# Each language and each width with axe; what is too wide is looked for at both widths in each.
WAYS = [("sv", 320), ("en", 1280)]
REFUSED = {"Sidan finns inte", "There is no such page", "Sidan är till för myndighetens samordnare", "This is for your agency's coordinators", "Sidan är till för styrgruppen", "This is for the steering committee"}  # fmt: skip


@pytest.fixture(scope="module")
async def pages(house: House) -> Pages:
    return await pages_in_their_states(house)


async def pages_of(house: House) -> list[str]:
    """Every page that a signed-in person can open, those with an id in their address too."""
    browser = await house.signed_in("Ensam")
    await browser.open("/new-meeting")
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    await browser.post(
        "/new-meeting", title="Prövas", day=day, starts="09:00", ends="10:00", roles="upphandlare"
    )
    meeting = browser.page.url.path
    await browser.open("/groups")
    await browser.post("/groups", name="Prövas")
    group = browser.page.url.path
    assert group.startswith("/groups/")
    me = house.people["Ensam"]
    await eventually(lambda: browser.open(f"/people/{me}/alone"), until=lambda page: page.status_code == 200)
    course = await a_course(house, {"min_months": 600, "max_months": None}, quotas={"csn": 1, "spv": 1})
    wrong = f"/people/{house.people['Granne']}/correction"
    wrongs = [
        f"/people/{me}/correction",
        wrong,
        *(f"{wrong}?what={what}" for what in ("title", "roles", "specialties", "has_left")),
    ]
    await browser.open(f"{wrong}?what=title")
    await browser.post(wrong, what="title", value="Inköpschef", comment="Jag prövar.")
    like = f"/new-meeting?like={meeting.rpartition('/')[2]}"
    return [
        *INSIDE,
        meeting,
        f"{meeting}/change",
        like,
        group,
        course,
        f"/people/{me}",
        f"/people/{me}/alone",
        *wrongs,
    ]


@pytest.mark.parametrize(("language", "width"), WAYS)
async def test_axe_has_nothing_to_say_and_nothing_is_too_wide(
    chromium: Chromium, house: House, pages: Pages, language: str, width: int
) -> None:
    found: dict[str, object] = {}
    async with chromium.window(language, width=width) as window:
        for path in [*OUTSIDE, *pages.outside]:
            await window.open(path)
            if wrong := await window.wrong():
                found[path] = wrong
        await window.open("/sign-in")
        await window.page.click("main button")
        await window.page.wait_for_selector(".summary")
        if wrong := await window.wrong():
            found["/sign-in with nothing written"] = wrong
        await window.sign_in("Ensam")
        for path in [*await pages_of(house), *pages.inside]:
            await window.open(path)
            if wrong := await window.wrong():
                found[path] = wrong
        await window.open("/me/calendar")
        await window.page.click("main form[action='/me/calendar'] button")
        await window.page.wait_for_selector(".secret, input[name=sure]", state="attached")
        if await window.page.query_selector("input[name=sure]"):
            # There is an address already, which ends.
            await window.page.click("main form button")
        await window.page.wait_for_selector(".secret")
        if wrong := await window.wrong():
            found["/me/calendar with an address"] = wrong
        await a_coordinator(house)
        more = await something_of_everything(house)
        await window.sign_in("Samordnar")
        for path in (*PAGES, *more, "/network"):
            await window.open(path)
            assert await window.page.locator("main h1").inner_text() not in REFUSED
            if wrong := await window.wrong():
                found[path] = wrong
        await window.open("/agency/keys")
        await window.page.click("text=Skapa en nyckel" if language == "sv" else "text=Create a key")
        if wrong := await window.wrong():
            found["/agency/keys with everything wrong"] = wrong
        await window.open("/new-meeting")
        await window.page.click("text=Spara som utkast" if language == "sv" else "text=Save as a draft")
        if wrong := await window.violations():
            found["/new-meeting with everything wrong"] = wrong
    assert not found


@pytest.mark.parametrize(("language", "width"), WAYS)
async def test_axe_has_nothing_to_say_of_the_way_to_ones_own_agency_and_back(
    chromium: Chromium, house: House, language: str, width: int
) -> None:
    """P5: the page in between, held where it is, and the one for whom nobody knows."""
    with at_its_own(house, "spv", User(sub="okänd", claims={}), at=chromium.at):
        async with chromium.window(language, width=width) as window:
            page = window.page
            await page.route("**/sign-in/with/**", lambda route: route.fulfill(status=204))
            await window.open("/sign-in")
            await page.fill("#email", "nobody@spv.example")
            await page.click("main button")
            await page.wait_for_selector("main a.button")
            assert not await window.wrong()
            await page.unroute("**/sign-in/with/**")
            await page.click("main a.button")
            await page.get_by_role("button", name="okänd").first.click()
            await page.wait_for_url("**/sign-in/callback**")
            assert not await window.wrong()


@pytest.mark.parametrize("scripts", [True, False])
async def test_sign_in_by_mail_find_the_peer_and_see_the_number(
    chromium: Chromium, house: House, scripts: bool
) -> None:
    """P5, D1, D19: with scripts and without."""
    await house.portal.mongo.db.tries.delete_many({"_id": {"$gt": ""}})
    name = "Medskript" if scripts else "Utanskript"
    await house.hire("spv", name, roles=("upphandlare",))
    async with chromium.window(scripts=scripts) as window:
        page = window.page
        await window.open("/people")
        await page.fill("#email", mailbox(name, "spv.example"))
        await page.click("text=Mejla mig en länk")
        await page.wait_for_selector("text=Titta i din mejl")
        link = await house.link_to(name)
        assert link.startswith("/sign-in/"), URL
        await window.open(link)
        await page.click("main button")
        await page.wait_for_url("**/people")
        if scripts:
            await page.type("#q", "grann")
        else:
            await page.fill("#q", "grann")
            await page.click("main button")
        await page.click("text=Åsa Granne")
        assert await page.get_attribute("a.phone >> nth=0", "href") == "tel:+4660184000"
        await page.click("text=English")
        assert "Ask me about" in await window.text() or "Work" in await window.text()


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_meeting_is_called_and_answered(chromium: Chromium, house: House, scripts: bool) -> None:
    """E20, E1: the preview comes on its own with scripts, by its button without."""
    title = "Med skript" if scripts else "Utan skript"
    async with chromium.window(scripts=scripts) as window:
        page = window.page
        await window.sign_in("Granne")
        await window.open("/new-meeting")
        await page.fill("#title", title)
        await page.fill("#day", (datetime.now(UTC) + timedelta(days=25)).date().isoformat())
        await page.check("text=Upphandlare")
        if not scripts:
            await page.click("text=Visa vilka det når")
        await page.wait_for_selector("#reach h2")
        assert "Når" in await page.inner_text("#reach h2")
        await page.click("text=Spara som utkast")
        await page.click("text=Bjud in nu")
        await eventually(
            lambda: house.mail_to("Granne", "events.invited"), until=lambda mail: title in mail["Subject"]
        )
        meeting = page.url.removeprefix(window.at)
        mine = page.locator("form.answers")

        async def invited() -> int:
            await window.open(meeting)
            return await mine.count()

        await eventually(invited)
        await page.click("form.answers button >> nth=0")
        await page.wait_for_selector("text=Du kommer")


async def test_everything_can_be_reached_by_keyboard_alone(chromium: Chromium) -> None:
    async with chromium.window() as window:
        await window.sign_in("Ensam")
        # The page after signing in begins with what happened.
        await window.open("/")
        page = window.page
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
