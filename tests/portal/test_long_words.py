"""Long words wrap on a phone: no page is too wide, and no line of it is cut."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.portal.chromium import Chromium
from tests.portal.house import House

pytestmark = [pytest.mark.ci, pytest.mark.timeout(400)]
LONG = "Informationssäkerhetssamordningsgruppsmedlemskapsansökningshandläggarutbildning"
ENGLISH = "Counterrevolutionarieshippopotomonstrosesquippedaliophobiaantidisestablishment"
# Text that reaches over the page's edge, or out of a box that hides what does not fit.
_CUT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest("option, .sr-only, .skip, script, style, table.stack thead, details:not([open])")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width > 0 && (box.right > document.documentElement.clientWidth + 1 || box.left < -1)) {
        found.push(`${parent.tagName}: ${node.data.trim().slice(0, 40)}`);
        break;
      }
    }
  }
  return found;
}"""


async def pages_with_long_words(house: House) -> list[str]:
    browser = await house.signed_in("Langnamn")
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    await browser.open("/new-meeting")
    await browser.post(
        "/new-meeting", title=LONG, day=day, starts="09:00", ends="10:00", place=LONG, roles="upphandlare"
    )
    meeting = browser.page.url.path
    await browser.post(f"{meeting}/invitations")
    await browser.open("/groups")
    await browser.post("/groups", name=LONG, purpose=f"{LONG} {ENGLISH}")
    group = browser.page.url.path
    await browser.open("/new-question")
    await browser.post("/new-question", title=LONG, text=f"{ENGLISH} {LONG}", role="jurist")
    question = browser.page.url.path
    await browser.open("/new-practice")
    await browser.post("/new-practice", title=LONG, topic="friskvård", text=f"{LONG} {ENGLISH}")
    practice = browser.page.url.path
    person = f"/people/{house.people['Langnamn']}"
    made = (meeting, group, question, practice, person)
    assert len({path.split("/")[1] for path in made}) == len(made), made
    return [
        *made,
        f"{meeting}/change",
        f"{meeting}/attendance/code",
        f"{meeting}/convenor",
        f"{group}/change",
        f"{practice}/change",
        f"{person}/correction",
        "/",
        "/me",
        "/meetings",
        "/groups",
        "/questions",
        "/practice",
        "/practice?topic=friskvård",
        f"/people?q={LONG}",
        "/people?q=langnamn",
        "/accessibility",
        "/courses",
        "/network",
        "/nowhere",
        "/me/calendar",
        "/me/mail",
    ]


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_nothing_is_cut_on_a_phone(chromium: Chromium, house: House, language: str) -> None:
    await house.hire(
        "spv", "Langnamn", title=LONG, location=LONG, unit=LONG, specialties=(LONG.casefold(), ENGLISH)
    )
    found: dict[str, object] = {}
    pictures = os.environ.get("PICTURES")
    async with chromium.window(language, width=320) as window:
        await window.sign_in("Langnamn")
        for number, path in enumerate(await pages_with_long_words(house)):
            await window.open(path)
            cut = await window.page.evaluate(_CUT)
            if (wide := await window.overflow()) > 0 or cut:
                found[path] = (wide, cut)
            if pictures:
                for width in (320, 1280):
                    await window.page.set_viewport_size({"width": width, "height": 900})
                    target = Path(pictures) / f"{language}-{width}-{number:02}.png"
                    await window.page.screenshot(path=str(target), full_page=width == 320)
                await window.page.set_viewport_size({"width": 320, "height": 900})
    assert not found
