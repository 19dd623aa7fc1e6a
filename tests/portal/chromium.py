"""A real browser on the portal: Debian's Chromium, driven by Playwright."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from agencynet.stack.ports import free_port
from services.portal.handlers.signing_in import link_for
from tests.harness import eventually
from tests.portal.house import URL, House

# axe runs in the page by way of the debugger, which the page's policy does not bind.
_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(" ")).join(", ")}`);
}"""
_WIDTHS = (320, 1280)
_HEIGHT = 900
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "no Chromium: apt-get install chromium, or set CHROMIUM"
    return found


@dataclass
class Window:
    """A browser's window on the portal, with scripts or without."""

    context: BrowserContext
    page: Page
    at: str
    house: House
    axe: str
    width: int

    async def open(self, path: str) -> None:
        await self.page.goto(self.at + path)

    async def sign_in(self, name: str) -> None:
        state = self.house.portal.service.app.state
        person = await state.mongo.db.people.find_one({"_id": self.house.people[name]})
        made = await link_for(state.mongo, person["email"], URL, state.clock())
        assert made
        await self.open(made[0].removeprefix(URL))
        async with self.page.expect_navigation():
            await self.page.click("main button")

    async def press(self, words: str) -> None:
        """A button or link of the page by what it says."""
        await (
            self.page.locator("main")
            .get_by_role("button", name=words)
            .or_(self.page.locator("main").get_by_role("link", name=words))
            .first.click()
        )

    async def sees(self, words: str) -> None:
        await self.page.get_by_text(words).first.wait_for()

    async def comes_to_see(self, path: str, words: str) -> None:
        """By opening the page until it says so: what it tells happens elsewhere."""

        async def text() -> str:
            await self.open(path)
            return await self.text()

        await eventually(text, until=lambda read: words in read)

    async def violations(self) -> list[str]:
        await self.page.evaluate(self.axe)
        return await self.page.evaluate(_AXE)

    async def overflow(self) -> int:
        """How many pixels too wide the page is."""
        return await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    async def wrong(self) -> list[str]:
        """What axe finds, and whether the page is too wide for a phone or a desk."""
        found: list[str] = []
        for width in (*(other for other in _WIDTHS if other != self.width), self.width):
            await self.page.set_viewport_size({"width": width, "height": _HEIGHT})
            if (wide := await self.overflow()) > 0:
                found.append(f"{wide} px too wide for {width}")
        return [*await self.violations(), *found]

    async def text(self) -> str:
        return " ".join((await self.page.inner_text("body")).split())


@dataclass
class Chromium:
    browser: Browser
    at: str
    house: House
    axe: str

    @asynccontextmanager
    async def window(
        self, language: str = "sv", *, scripts: bool = True, width: int = 1280
    ) -> AsyncIterator[Window]:
        context = await self.browser.new_context(
            locale=language, java_script_enabled=scripts, viewport={"width": width, "height": _HEIGHT}
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        said: list[str] = []
        page.on(
            "console",
            # An agency's own sign-in is another site, whose troubles are its own.
            lambda message: (
                said.append(message.text)
                if message.type == "error" and self.at in (message.location["url"] or self.at)
                else None
            ),
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        window = Window(context, page, self.at, self.house, self.axe, width)
        await window.open(f"/language/{language}")
        yield window
        await context.close()
        meant = ("400", "403", "404", "422")
        assert not [one for one in said if not any(status in one for status in meant)], said


async def _started(server: uvicorn.Server) -> bool:
    return server.started


@asynccontextmanager
async def on_chromium(house: House) -> AsyncIterator[Chromium]:
    port = free_port()
    config = uvicorn.Config(house.portal.service.app, port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: _started(server))
    settings: Any = house.portal.service.app.state.portal.settings
    axe = (settings.assets / "axe-core" / "axe.min.js").read_text()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield Chromium(browser, f"http://127.0.0.1:{port}", house, axe)
        await browser.close()
    server.should_exit = True
    await serving
