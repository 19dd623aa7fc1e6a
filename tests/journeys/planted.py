"""Words planted in somebody's record, and every place where they might be found."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import bson
import httpx2
from fastapi.openapi.utils import get_openapi

from agencynet import operations
from agencynet.local import SERVICES
from agencynet.people import Record
from agencynet.system import System
from services.portal.api import ROUTERS as PAGES
from tests.harness import eventually
from tests.journeys.asking import questions
from tests.journeys.mails import received

_AT_ONCE = 8
_ANSWERED = 5
_LATE = 503


def pages_described() -> dict[str, Any]:
    routes = [route for router in PAGES for route in router.routes]
    return get_openapi(title="pages", version="1", routes=routes)


@dataclass(frozen=True)
class Planted:
    """A made-up `stem` in every field that tells who somebody is, and a telephone number of their own."""

    stem: str
    phone: str

    @property
    def words(self) -> list[str]:
        return [f"{self.stem}{what}" for what in ("given", "family", "title", "unit", "place", "special")]

    def record(self, agency: str, employee_id: str, **changes: Any) -> Record:
        given, family, title, unit, place, special = self.words
        values: dict[str, Any] = {
            "agency": agency,
            "role": "upphandlare",
            "employee_id": employee_id,
            "version": 1,
            "given_name": given.title(),
            "family_name": family.title(),
            "email": f"{self.stem}{employee_id}@{agency}.example",
            "phone": self.phone,
            "title": title.title(),
            "unit": unit.title(),
            "location": place.title(),
            "employed_from": date(2019, 3, 1),
            "roles": ["upphandlare", f"{self.stem}role"],
            "specialties": [special],
        }
        return Record(**{**values, **changes})

    def found_in(self, content: bytes) -> str:
        """What of it stands there, plainly or in base64, with a little of what is around it; else empty."""
        found = self._pattern.search(content)
        if not found:
            return ""
        return content[max(0, found.start() - 80) : found.end() + 80].decode(errors="replace")

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        phone = r"[\s-]?".join(re.sub(r"\D", "", self.phone).lstrip("0"))
        return re.compile(f"(?i:{self.stem}|{phone})|{'|'.join(self._encoded())}".encode())

    def _encoded(self) -> list[str]:
        """The stem but for its first letter, which may be a capital, wherever in three bytes it begins. What
        is encoded together with its neighbours is left out at both ends.
        """
        inner = self.stem[1:].encode()
        return [
            re.escape(b64encode(b"\0" * before + inner).decode().rstrip("=")[(0, 2, 3)[before] : -1])
            for before in range(3)
        ]


@dataclass
class Places:
    """As whoever has the system's disks, or is let in at its doors, sees them. `home` is the agency of whose
    staff they are.
    """

    system: System
    planted: Planted
    home: str
    http: httpx2.AsyncClient

    async def databases(self, but: Collection[str] = ("directory",)) -> list[str]:
        """Every service's `but` these, or these collections as `service.name`, document by document."""
        found: list[str] = []
        settings = operations.settings(self.system.local)
        for service in set(SERVICES) - set(but):
            async with operations.database(settings, service) as mongo:
                for name in await mongo.db.list_collection_names():
                    if f"{service}.{name}" in but:
                        continue
                    documents = await mongo.db[name].find({}).to_list(None)
                    told = (self.planted.found_in(bson.encode(each)) for each in documents)
                    found += [f"{service}.{name}: {said}" for said in told if said]
        return found

    def topics(self) -> list[str]:
        """Every record on Kafka's disk but those of their own agency's feed; what nobody reads any more too."""
        logs = self.system.local.folder / "kafka" / "log"
        while True:
            segments = [each for each in sorted(logs.glob("*/*.log")) if self._is_anothers(each.parent.name)]
            assert len(segments) > 10
            try:
                return [f"{each.parent.name}: {said}" for each in segments if (said := self._look(each))]
            except FileNotFoundError:
                # Cleaned meanwhile: what is left of it is in another file.
                continue

    def _is_anothers(self, partition: str) -> bool:
        return not partition.startswith(f"staff.{self.home}-")

    def logs(self) -> list[str]:
        written = [each for each in sorted(self.system.local.logs.iterdir()) if each.is_file()]
        assert {f"{service}.log" for service in SERVICES} <= {each.name for each in written}
        return [f"{each.name}: {said}" for each in written if (said := self._look(each))]

    def _look(self, file: Path) -> str:
        return self.planted.found_in(file.read_bytes())

    async def mails(self, but: int = 0) -> list[str]:
        """Those that have come, but for the first so many."""
        mails = await received(self.system)
        newer = mails[: len(mails) - but]
        return [
            f"to {each['to']}: {said}"
            for each in newer
            if (said := self.planted.found_in(str(each).encode()))
        ]

    async def answers(self, readers: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> list[str]:
        """What the services answer these readers (name to token) to all that can be asked with GET."""
        found: list[str] = []
        for service in set(SERVICES) - {"portal"}:
            for reader, token in readers.items():
                found += await self._ask(self.http, service, reader, known, Authorization=f"Bearer {token}")
        return found

    async def pages(
        self, browser: httpx2.AsyncClient, reader: str, known: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """What the portal shows to whoever is signed in here."""
        return await self._ask(browser, "portal", reader, known)

    async def _ask(
        self,
        http: httpx2.AsyncClient,
        service: str,
        reader: str,
        known: Mapping[str, Sequence[str]],
        **headers: str,
    ) -> list[str]:
        base = self.system.urls[service]
        few = asyncio.Semaphore(_AT_ONCE)

        async def ask(path: str, accept: str, params: dict[str, Any]) -> tuple[int, str]:
            async with few:
                # The portal says 503 where a service is late, as it may be on a busy machine.
                answer = await eventually(
                    lambda: http.get(base + path, params=params, headers={**headers, "Accept": accept}),
                    until=lambda answer: answer.status_code != _LATE or path == "/readyz",
                    within=60,
                )
            assert answer.status_code < 500 or path == "/readyz", f"{path} {params}: {answer.text}"
            said = self.planted.found_in(answer.content)
            return answer.status_code, f"{reader}: GET {path} {params} {accept}: {said}" if said else ""

        # The portal's pages are for people, and no description names them.
        description = (
            pages_described() if service == "portal" else (await self.http.get(f"{base}/openapi.json")).json()
        )
        asked = list(questions(description, known))
        answered = await asyncio.gather(*(ask(each.path, each.accept, each.params) for each in asked))
        assert sum(status == 200 for status, _ in answered) >= _ANSWERED, (
            f"{reader} is told something by {service}"
        )
        return [said for _, said in answered if said]
