"""Pictures of the main pages for the README, of the network that runs here: `make screenshots`."""

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.portal.chromium import FLAGS, chromium

PAGES = {"start": "/", "people": "/people?q=ramavtal+härnösand", "meetings": "/meetings"}


def main(address: str, folder: Path) -> None:
    """As whoever has this address sees them."""
    made = subprocess.check_output([sys.executable, "-m", "agencynet", "login-link", address, "--json"])
    link = json.loads(made)["link"]
    site = link.split("/sign-in/")[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1120, "height": 860})
        page.goto(link)
        page.click("main button")
        for name, path in PAGES.items():
            page.goto(site + path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"portal-{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], Path("docs"))
