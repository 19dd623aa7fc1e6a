"""Somebody who has never seen the portal finds a colleague to call in three clicks, the call among them."""

import pytest

from tests.portal.chromium import Chromium, Window
from tests.portal.house import House

pytestmark = [pytest.mark.ci, pytest.mark.timeout(120)]
WORDS = {"sv": ("Vem kan hjälpa dig i dag?", "Sök"), "en": ("Who can help you today?", "Find")}
# Counted before any page can see the click. What the browser clicks on its own is not one.
_COUNT = """
  addEventListener("click", event => {
    if (event.isTrusted && event.detail > 0) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1;
  }, true);
"""


async def clicks(window: Window) -> int:
    return int(await window.page.evaluate("sessionStorage.clicks || 0"))


async def first_phone(window: Window) -> str:
    """The first number on the page that can be called, if the reader can see one."""
    phones = window.page.locator('main a[href^="tel:"]')
    shown = [await each.get_attribute("href") for each in await phones.all() if await each.is_visible()]
    return str(shown[0]) if shown else ""


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_a_colleague_to_call_is_three_clicks_away(
    chromium: Chromium, house: House, language: str, width: int
) -> None:
    """By somebody to whom the start page shows nobody yet: they ask for the work. The third click is the call."""
    name = f"Ny{language}{width}"
    await house.hire("spv", name, roles=())
    async with chromium.window(language, width=width) as window:
        await window.sign_in(name)
        await window.context.add_init_script(_COUNT)
        await window.open("/")
        assert not await first_phone(window), "nobody is on the page for them yet"
        question, button = WORDS[language]
        await window.page.get_by_label(question).click()
        await window.page.keyboard.type("upphandlare")
        await window.page.get_by_role("button", name=button, exact=True).click()
        await window.page.locator('main a[href^="tel:"]').first.wait_for()
        assert (await first_phone(window)).startswith("tel:+46")
        assert await clicks(window) == 2
