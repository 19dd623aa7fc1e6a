"""A mail server that misbehaves on order, verb by verb; otherwise it is aiosmtpd and takes what it gets."""

import asyncio
import logging
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, syntax

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Received:
    recipient: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)  # pyright: ignore[reportReturnType]

    @property
    def message_id(self) -> str:
        found = _MESSAGE_ID.search(self.content)
        return found[1].decode() if found else ""

    @property
    def notification(self) -> str:
        """The id of what it tells of, with which its Message-ID begins."""
        return self.message_id.strip("<>").partition("@")[0]


class Drop:
    """Break the connection instead of answering. At DOT the mail is kept or lost, as told."""

    def __init__(self, *, keep: bool = False, after: str = "") -> None:
        self.keep = keep
        self.after = after


class Stall:
    """Never answer."""


Action = str | Drop | Stall | Callable[[], Awaitable[None]]


@dataclass
class MailServer:
    """`on` orders what happens at the next of a verb (CONNECT, EHLO, MAIL, RCPT, DATA, DOT), in order."""

    received: list[Received] = field(default_factory=list)
    orders: dict[str, deque[Action]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, Action] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def on(self, verb: str, *actions: Action) -> None:
        self.orders[verb].extend(actions)

    def next(self, verb: str) -> Action | None:
        return self.orders[verb].popleft() if self.orders[verb] else self.always.get(verb)

    def to(self, recipient: str) -> list[Received]:
        return [mail for mail in self.received if mail.recipient == recipient]


class _Session(SMTP):
    def __init__(self, server: MailServer) -> None:
        super().__init__(self, hostname="test", enable_SMTPUTF8=True, auth_required=False)
        self._orders = server
        self.event_handler = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._orders.connections += 1
        super().connection_made(transport)

    def _break(self, *, gently: bool = False) -> None:
        transport = self.transport
        if isinstance(transport, asyncio.Transport):
            transport.close() if gently else transport.abort()

    async def _obey(self, verb: str) -> bool:
        """Whether something was ordered that stands in place of the usual answer."""
        action = self._orders.next(verb)
        if action is None:
            return False
        if isinstance(action, Stall):
            await asyncio.Event().wait()
        elif isinstance(action, Drop):
            if action.after:
                await self.push(action.after)
                self._break(gently=True)
            else:
                self._break()
        elif isinstance(action, str):
            await self.push(action)
        else:
            await action()
            return False
        return True

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self._obey("EHLO"):
            await super().smtp_EHLO(hostname)

    @syntax("MAIL FROM: <address>")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._obey("MAIL"):
            await super().smtp_MAIL(arg)

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        for recipient, answer in self._orders.refused.items():
            if recipient in (arg or ""):
                await self.push(answer)
                return
        if not await self._obey("RCPT"):
            await super().smtp_RCPT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._obey("DATA"):
            await super().smtp_DATA(arg)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        action = self._orders.next("DOT")
        if isinstance(action, str):
            return action
        if isinstance(action, Drop) and not action.keep:
            self._break()
            return "250 OK"
        self._orders.received.append(Received(envelope.rcpt_tos[0], envelope.content))
        if isinstance(action, Drop):
            self._break()
        elif isinstance(action, Stall):
            await asyncio.Event().wait()
        elif action is not None:
            await action()
        return "250 2.0.0 OK"


@asynccontextmanager
async def mail_server(port: int = 0) -> AsyncIterator[MailServer]:
    told = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: _Session(told), "127.0.0.1", port)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
