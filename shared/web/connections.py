"""How much of a process one client can hold: connections, the head of a request, and the time that both it
and the body may take. Uvicorn has no such limits; they are watched where the bytes come in.
"""

from __future__ import annotations

import asyncio
import json
import resource
from collections import Counter
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from shared.errors import Refused, Unavailable
from shared.web.refusals import HeadIsTooLarge, RequestIsTooSlow, TooManyConnections

log = structlog.get_logger()
HEAD_BYTES = 32_768
HEADERS = 100
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
# Slower than this for longer than the above is nobody who wants an answer.
BODY_BYTES_PER_SECOND = 2_000
MOST = 2_000
MOST_PER_CLIENT = 500
_LOOK_SECONDS = 5.0
# What a service has open beside: MongoDB, Kafka, logs, the search index.
_OTHER_FILES = 400


class Connection(HttpToolsProtocol):
    per_client: ClassVar[Counter[str]] = Counter()
    most: ClassVar[int] = MOST
    most_per_client: ClassVar[int] = MOST_PER_CLIENT
    head_seconds: ClassVar[float] = HEAD_SECONDS
    body_seconds: ClassVar[float] = BODY_SECONDS

    _counted: str | None = None
    _watch: asyncio.TimerHandle | None = None
    # Of the request that comes in: what of its head, or since when its body.
    _in_head = True
    _head_bytes = 0
    _body_bytes = 0
    _body_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        client = self.client[0] if self.client else ""
        self._counted = client
        self.per_client[client] += 1
        if len(self.connections) > self.most or self.per_client[client] > self.most_per_client:
            log.warning(
                "connection.refused", connections=len(self.connections), of_client=self.per_client[client]
            )
            self._refuse(TooManyConnections("There are too many connections. Try again."))
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        if self._counted is not None:
            self.per_client[self._counted] -= 1
            if not self.per_client[self._counted]:
                del self.per_client[self._counted]
            self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            if self._watch is None:
                # The next request on a connection that was kept.
                self._expect_head()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._in_head, self._head_bytes = False, 0
        self._stop_watching()
        if size > HEAD_BYTES or len(self.headers) > HEADERS:
            self._refuse_head()
            return
        self._body_bytes, self._body_since = 0, self.loop.time()
        self._watch = self.loop.call_later(self.body_seconds, self._look_at_body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_watching()
        self._in_head = True
        if self._cycle is not None:
            super().on_message_complete()

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        # Uvicorn's type says that there is always one; before the first request there is none.
        return self.cycle

    def _expect_head(self) -> None:
        self._watch = self.loop.call_later(self.head_seconds, self._give_up_on_head)

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _give_up_on_head(self) -> None:
        self._watch = None
        if self._head_bytes:
            self._refuse(RequestIsTooSlow())
        else:
            self.transport.close()

    def _look_at_body(self) -> None:
        passed = self.loop.time() - self._body_since
        enough = self._body_bytes >= (passed - self.body_seconds) * BODY_BYTES_PER_SECOND
        # What we have not read yet is not the sender's fault.
        if self.flow.read_paused or (self._body_bytes and enough):
            self._watch = self.loop.call_later(min(_LOOK_SECONDS, self.body_seconds), self._look_at_body)
            return
        self._watch = None
        self._refuse(RequestIsTooSlow("The body took too long to come."))

    def _refuse_head(self) -> None:
        self._refuse(
            HeadIsTooLarge(
                f"The address and the headers have at most {HEAD_BYTES} bytes, and there are at most "
                f"{HEADERS} headers."
            )
        )

    def _refuse(self, refusal: Refused) -> None:
        """Nothing of ours has seen the request: it is answered here, and the connection ends."""
        self._stop_watching()
        if self.transport.is_closing():
            return
        cycle = self._cycle
        if cycle is None or not cycle.response_started or cycle.response_complete:
            self.transport.write(_answer(refusal))
        self.transport.close()


def limited(most: int, most_per_client: int) -> type[Connection]:
    """For one server. Each connection is a file, of which a process has 1,024 unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most_files = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, hard))
        most = min(most, most_files - _OTHER_FILES)
    own = {"per_client": Counter[str](), "most": most, "most_per_client": most_per_client}
    return type("Connection", (Connection,), own)


def _answer(refusal: Refused) -> bytes:
    problem: dict[str, Any] = {
        "type": refusal.uri(),
        "title": refusal.title,
        "status": refusal.status,
        "detail": str(refusal),
    }
    body = json.dumps(problem).encode()
    retry = "Retry-After: 5\r\n" if isinstance(refusal, Unavailable) else ""
    head = (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
        f"Content-Type: application/problem+json\r\n{retry}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
