"""The other services, as a person asks them: all that a page needs at once, and what is down is said."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import httpx2
import structlog

from services.portal.settings import PortalSettings
from shared.errors import PROBLEMS
from shared.observing import trace

log = structlog.get_logger()
Params = Mapping[str, Any]
# A path of a service, alone or with its query.
Question = str | tuple[str, Params]
_PATIENCE_WITH_FILES = 60.0
# Before the service closes what is idle: a question sent at that moment would be lost.
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a service says no, by its code (docs/problems.md)."""

    code: str
    parameters: Mapping[str, str | float]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Refusal":
        """Of a problem (RFC 9457), or of one of the fields in it."""
        return cls(said.get("type", "").removeprefix(PROBLEMS), said.get("parameters", {}))


@dataclass(frozen=True, slots=True)
class Part:
    """What a service answered to one question. `down` is that it did not."""

    status: int
    body: Any = None
    etag: str = ""
    content: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def down(self) -> bool:
        return self.status >= 500

    @property
    def items(self) -> list[dict[str, Any]]:
        """Of a list; empty where there is none to show."""
        return self.body["items"] if self.ok else []

    @property
    def mailboxes(self) -> list[dict[str, Any]]:
        """Roles' shared ones, that stand beside a list of people."""
        return self.body["mailboxes"] if self.ok else []

    @property
    def more(self) -> bool:
        return bool(self.ok and self.body.get("next"))

    @property
    def refusals(self) -> dict[str, Refusal]:
        """Field to what is wrong with it."""
        if self.ok or not isinstance(self.body, dict):
            return {}
        return {error["field"]: Refusal.of(error) for error in self.body.get("errors", [])}

    @property
    def refusal(self) -> Refusal:
        """Of the whole."""
        return Refusal.of(self.body if isinstance(self.body, dict) else {})

    @property
    def detail(self) -> str:
        return self.body.get("detail", "") if isinstance(self.body, dict) else ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and what is said of it, as a form with a file sends them."""

    file: IO[bytes]
    fields: Mapping[str, str]


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Reading them takes longer than all else that a start does."""
    return httpx2.create_ssl_context()


def warm() -> None:
    """The HTTP client loads what it needs when it is first made."""
    httpx2.AsyncHTTPTransport(verify=trusted())


class Services:
    """Told apart by the first part of the path, as everywhere. Each has a pool of its own, without a client's
    cookies, redirects and sign-in: a third less work for each question, and a page asks up to seven.
    """

    def __init__(
        self, settings: PortalSettings, ways: Mapping[str, httpx2.AsyncBaseTransport] | None = None
    ) -> None:
        self._patience = settings.patience
        self._urls = {
            "directory": settings.directory,
            "events": settings.events,
            "courses": settings.courses,
            "notify": settings.notify,
        }
        self._ways = {
            name: (ways or {}).get(name) or httpx2.AsyncHTTPTransport(verify=trusted(), limits=_LIMITS)
            for name in self._urls
        }

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()

    async def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        params: Params | None = None,
        body: Any = None,
        upload: Upload | None = None,
    ) -> Part:
        service = path.split("/", 2)[1]
        said = {name: value for name, value in (params or {}).items() if value not in (None, "", [])}
        current = trace.current()
        carried = {"traceparent": current.parent} if current.parent else {}
        sent: dict[str, Any] = {"json": body}
        if upload:
            sent = {"files": {"file": ("file.csv", upload.file, "text/csv")}, "data": upload.fields}
        asked = httpx2.Request(
            method, self._urls[service] + path, params=said, headers={**headers, **carried}, **sent
        )
        try:
            async with asyncio.timeout(_PATIENCE_WITH_FILES if upload else self._patience):
                answer = await self._ways[service].handle_async_request(asked)
                content = await answer.aread()
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("service.silent", service=service, error=type(error).__name__)
            return Part(503)
        kind = answer.headers.get("content-type", "")
        read = answer.json() if content and "json" in kind else None
        return Part(answer.status_code, read, answer.headers.get("etag", ""), content)
