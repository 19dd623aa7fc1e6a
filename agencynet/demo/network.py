"""The services over HTTP, as agencies' systems and people call them."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from agencynet.demo.observing import DidNotHappen, eventually
from agencynet.keys import signing_key
from agencynet.local import Local, Running
from agencynet.people import Record
from agencynet.stack.errors import CannotStart
from shared.auth import person_token

_PATIENCE = 60.0
_AGAIN = {502, 503, 504}
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    etag: str = ""


@dataclass
class Network:
    local: Local
    running: Running
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=15))
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def __post_init__(self) -> None:
        self._tokens = self.local.tokens()
        self._key = signing_key(self.local.keys)

    def system(self, agency: str) -> str:
        """The token of an agency's system."""
        if token := self._tokens.get(agency):
            return token
        raise CannotStart(
            f"There is no token for {agency} in {self.local.folder}/tokens.json.",
            "The story needs the agencies that `make run` adds the first time.",
        )

    def person(self, record: Record) -> str:
        """A person's own token, as signing in would give them."""
        return person_token(self._key, record.id, record.agency, datetime.now(UTC))

    async def get(self, path: str, token: str | None, **params: Any) -> Any:
        """The answer's body. Raises DidNotHappen unless it is 200."""
        answer = await self.call("GET", path, token, params=params)
        return _good("GET", path, answer).body

    async def send(self, method: str, path: str, token: str, body: Any = None, **headers: str) -> Answer:
        """A request that changes something; sent again after a failure, it changes it once."""
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        return _good(method, path, await self.call(method, path, token, body=body, headers=headers))

    async def send_when_invited(self, who: Record, path: str, body: Any) -> None:
        """PUT something of theirs, again until their service has heard that they are invited."""

        async def status() -> int:
            return (await self.call("PUT", path, self.person(who), body=body)).status

        await eventually(f"{who.name} is invited", status, lambda answered: answered == 200)

    async def pages(self, path: str, token: str, **params: Any) -> AsyncIterator[dict[str, Any]]:
        """Every item of a list."""
        page = 1
        while True:
            answer = await self.get(path, token, **params, limit=100, page=page)
            for item in answer["items"]:
                yield item
            if not answer["next"]:
                return
            page += 1

    async def call(
        self,
        method: str,
        path: str,
        token: str | None,
        *,
        body: Any = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Whatever is answered; a service that is down is asked again for up to a minute."""
        service = path.split("/")[1]
        sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        deadline, attempt = time.monotonic() + _PATIENCE, 0
        while True:
            try:
                async with self._few:
                    answer = await self.http.request(
                        method, self.running.services[service] + path, json=body, params=params, headers=sent
                    )
                if answer.status_code not in _AGAIN:
                    return _read(answer)
                why = str(answer.status_code)
            except httpx2.TransportError as error:
                why = type(error).__name__
                # Started again it may be somewhere else.
                self.running = self.local.running() or self.running
            if time.monotonic() > deadline:
                raise DidNotHappen(f"{service} does not answer {method} {path} ({why}).")
            attempt += 1
            await asyncio.sleep(random.uniform(0.1, min(3.0, 0.2 * 2**attempt)))

    async def mails(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """A page of the mail catcher's mails, patient as `call`."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                async with self._few:
                    answer = await self.http.get(f"{self.running.mail_page}/mails", params=wanted, timeout=60)
                return answer.json()
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise DidNotHappen(f"The mail page does not answer ({type(error).__name__}).") from error
                self.running = self.local.running() or self.running
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        await self.http.aclose()


def _read(answer: httpx2.Response) -> Answer:
    kind = answer.headers.get("content-type", "")
    body = answer.json() if "json" in kind and answer.content else answer.text
    return Answer(answer.status_code, body, answer.headers.get("etag", ""))


def _good(method: str, path: str, answer: Answer) -> Answer:
    if answer.status not in {200, 201, 202, 204}:
        raise DidNotHappen(f"{method} {path} was answered {answer.status}: {answer.body}")
    return answer
