"""A service is stopped: its part of each page says so, and the rest is there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest

from agencynet import operations
from agencynet.local import SERVICES, Local
from agencynet.stack import CannotStart
from agencynet.system import System, is_ready, start_all
from shared.contracts.topics import staff_topic
from tests.directory.network import staff
from tests.harness import eventually, mailbox, publish

pytestmark = [pytest.mark.ci, pytest.mark.timeout(300)]
SILENT = {"sv": "Den här delen kan inte visas just nu", "en": "This part can't be shown right now"}
NO_ANSWER = {"sv": "Något som vi behöver svarar inte", "en": "Something we need does not answer"}
PART, GONE = "part", "gone"
# What a stopped service takes with it: its part of a page, or the whole page. All else is as it was.
HURT = {
    "directory": {"/": PART, "people": PART, "/me": PART},
    "events": {"/": PART, "meeting": GONE, "/me/calendar": PART},
    "courses": {"/": PART, "courses": PART},
    "notify": {"/me/mail": GONE},
}
# What is read in the middle of each page whoever is silent, in both languages.
STANDS = {
    "/": ("Vem kan hjälpa dig i dag?", "Who can help you today?"),
    "people": ("Hitta personer", "Find people"),
    "meeting": ("Ensam Öberg", "Ensam Öberg"),
    "courses": ("Kurser", "Courses"),
    "/me": ("Logga ut på alla enheter", "Sign out on all devices"),
    "/me/calendar": ("Så lägger du till den", "How to add it"),
    "/me/mail": ("Mina mejl", "My emails"),
}


@dataclass
class Reader:
    system: System
    http: httpx2.AsyncClient
    meeting: str

    async def read(self, page: str, language: str) -> tuple[int, str]:
        """Status, and what is read in the middle of the page."""
        path = {"people": "/people?q=granne", "meeting": f"/meetings/{self.meeting}", "courses": "/courses"}
        await self.http.get(f"/language/{language}")
        answer = await self.http.get(path.get(page, page))
        _, _, main = answer.text.partition("<main")
        text = re.sub(r"<[^>]+>", " ", "<main" + main.partition("</main>")[0])
        return answer.status_code, " ".join(unescape(text).split())

    async def stop(self, service: str) -> None:
        await self.system.services[service].stop()
        assert not self.system.services[service].alive()

    async def start(self, service: str) -> None:
        self.system.services[service].start()
        async with httpx2.AsyncClient(timeout=2) as http:
            await eventually(lambda: is_ready(http, self.system.urls[service]), within=60)


@asynccontextmanager
async def a_reader(folder: Path) -> AsyncIterator[Reader]:
    """Two at different agencies, one of whom reads; a meeting that they convene."""
    local = Local(folder)
    system = await start_all(local, ports="free", progress=lambda _: None)
    try:
        settings = operations.settings(local)
        for agency, name in (("bolagsverket", "Ensam"), ("csn", "Granne")):
            address = mailbox(name, f"{agency}.example")
            record = staff(name, given_name=name, email=address, protected=False)
            await publish(settings, staff_topic(agency), record)

        async def link() -> str:
            with suppress(CannotStart):
                made, _ = await operations.create_login_link(
                    settings, system.urls["portal"], "ensam@bolagsverket.example"
                )
                return made
            return ""

        address = await eventually(link, within=60)
        async with httpx2.AsyncClient(
            base_url=system.urls["portal"], timeout=20, follow_redirects=True
        ) as http:
            page = await http.get(address)
            await http.post(address, data={"csrf": _proof(page.text)})
            yield Reader(system, http, await _meeting(http))
    finally:
        await system.stop()


async def _meeting(http: httpx2.AsyncClient) -> str:
    form = {
        "title": "Frukost",
        "day": (datetime.now(UTC) + timedelta(days=20)).date().isoformat(),
        "starts": "09:00",
        "ends": "10:00",
        "agencies": "csn",
    }
    page = await http.get("/new-meeting")
    made = await http.post("/new-meeting", data={"csrf": _proof(page.text), **form})
    assert made.status_code == 200, made.text
    return made.url.path.rpartition("/")[2]


def _proof(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


async def test_when_a_service_is_stopped_its_part_of_each_page_says_so_and_the_rest_is_there(
    tmp_path: Path,
) -> None:
    assert set(HURT) == set(SERVICES) - {"portal"}
    async with a_reader(tmp_path / "local") as reader:
        for service, hurt in HURT.items():
            await reader.stop(service)
            for page, words in STANDS.items():
                for number, language in enumerate(SILENT):
                    status, text = await reader.read(page, language)
                    what = f"{service} is stopped, {page} in {language}: {status} {text}"
                    left = hurt.get(page)
                    assert status == (503 if left == GONE else 200), what
                    assert (SILENT[language] in text) == (left == PART), what
                    assert (NO_ANSWER[language] in text) == (left == GONE), what
                    assert (words[number] in text) == (left != GONE), what
            await reader.start(service)
        status, text = await reader.read("/", "sv")
        assert status == 200
        assert SILENT["sv"] not in text, "all are back"
