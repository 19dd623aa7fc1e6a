"""The whole network in this process: the services, some people at three agencies, and the portal."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.courses.app import SPEC as COURSES
from services.events.app import SPEC as EVENTS
from services.notify.app import spec as notify
from services.portal.app import spec
from services.portal.handlers.signing_in import link_for
from services.portal.settings import PortalSettings
from shared.settings import ServiceSettings
from tests.directory.network import Network, a_network, staff
from tests.faults.smtp_server import MailServer, mail_server
from tests.harness import SIGNING_KEY, Running, eventually, mailbox, running
from tests.notify.office import quick

URL = "http://portal.test"


@dataclass
class House:
    settings: ServiceSettings
    directory: Network
    portal: Running
    post: MailServer
    others: dict[str, Running] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    """Family name to person id."""

    def browser(self, language: str = "sv") -> "Browser":
        transport = httpx2.ASGITransport(app=self.portal.service.app, raise_app_exceptions=False)
        return Browser(
            httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": language}), self
        )

    async def hire(self, agency: str, *names: str, **changes: Any) -> None:
        """People by family name, known to every service when this returns."""
        domain = f"{agency}.example"
        records = [
            staff(name.lower(), family_name=name, email=mailbox(name, domain), **changes) for name in names
        ]
        ids = await self.directory.hire(agency, *records)
        self.people |= dict(zip(names, ids, strict=True))
        for one in (*self.others.values(), self.portal):
            wanted = {"_id": {"$in": ids}, "deleted": False}

            async def known(one: Running = one, wanted: Any = wanted) -> int:
                return await one.mongo.db.people.count_documents(wanted)

            await eventually(known, until=lambda n: n == len(ids))

    async def signed_in(self, name: str, language: str = "sv") -> "Browser":
        browser = self.browser(language)
        await browser.open(f"/language/{language}")
        await browser.sign_in(name)
        return browser

    async def mail_to(self, name: str, kind: str, about: str = "") -> EmailMessage:
        """The newest of this kind, with these words in its subject, that has arrived at somebody's."""
        person = await self.portal.mongo.db.people.find_one({"_id": self.people[name]})
        listed = ".".join(reversed(kind.replace("_", "-").split(".")))

        async def look() -> list[EmailMessage]:
            mails = [each.mail for each in self.post.to(person["sign_in_at"])] if person else []
            return [m for m in mails if f"<{listed}." in m["List-Id"] and about in m["Subject"]]

        return (await eventually(look))[-1]

    async def link_in(self, name: str, kind: str, page: str, about: str = "") -> str:
        """The path of a link in somebody's newest mail of this kind."""
        body = (await self.mail_to(name, kind, about)).get_body(("plain",))
        assert body
        return re.findall(rf"{URL}(/{page}/\S+)", body.get_content())[-1]

    async def link_to(self, name: str) -> str:
        """The path of the newest sign-in link that was mailed to somebody."""
        return await self.link_in(name, "portal.sign_in", "sign-in")


@dataclass
class Browser:
    """Follows links and sends forms as a browser without scripts does."""

    http: httpx2.AsyncClient
    house: House
    page: httpx2.Response = None  # pyright: ignore[reportAssignmentType]

    async def open(self, path: str, **params: Any) -> httpx2.Response:
        self.page = await self.http.get(path, params=params or None, follow_redirects=True)
        return self.page

    async def post(self, path: str, csrf: str | None = None, **fields: Any) -> httpx2.Response:
        """Send a form as the page that is open would."""
        token = self.csrf if csrf is None else csrf
        self.page = await self.http.post(path, data={"csrf": token, **fields}, follow_redirects=True)
        return self.page

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page.text)
        return found[1] if found else ""

    @property
    def edition(self) -> str:
        """Of what the form that is open was filled in from."""
        found = re.search(r'name="edition" value="([^"]+)"', self.page.text)
        return unescape(found[1]) if found else ""

    @property
    def text(self) -> str:
        """What is read on the page, spaces evened out."""
        body = re.sub(r"(?s)<(head|script|style).*?</\1>", " ", self.page.text)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    async def sign_in(self, name: str) -> None:
        """By a link as the operator makes it; mail has its own tests."""
        person = await self.house.portal.mongo.db.people.find_one({"_id": self.house.people[name]})
        assert person
        state = self.house.portal.service.app.state
        made = await link_for(state.mongo, person["email"], URL, state.clock())
        assert made
        path = made[0].removeprefix(URL)
        await self.open(path)
        await self.post(path)
        assert self.page.status_code == 200, self.page.text


@asynccontextmanager
async def a_house(settings: ServiceSettings, folder: Path) -> AsyncIterator[House]:
    key = folder / "signing.json"
    key.write_text(json.dumps(SIGNING_KEY.as_dict(private=True)))
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(mail_server())
        stack.enter_context(_told(AGENCYNET_PORTAL_URL=URL))
        directory = await stack.enter_async_context(a_network(settings))
        others = {
            "events": await stack.enter_async_context(running(EVENTS, settings)),
            "courses": await stack.enter_async_context(running(COURSES, settings)),
            "notify": await stack.enter_async_context(
                running(notify(quick(post, portal=URL, per_domain_second=0)), settings)
            ),
        }
        ways = {
            name: httpx2.ASGITransport(app=one.service.app, raise_app_exceptions=False)
            for name, one in {"directory": directory.running, **others}.items()
        }
        told = PortalSettings(
            url=URL,
            key=key,
            sign_in_seconds=0.05,
            patience=20,
            **{name: f"http://{name}.test" for name in ("directory", "events", "courses", "notify")},
        )
        portal = await stack.enter_async_context(running(spec(told, ways), settings))
        yield House(settings, directory, portal, post, others)


@contextmanager
def _told(**environment: str) -> Iterator[None]:
    """What the directory reads of its environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield
