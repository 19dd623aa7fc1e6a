from __future__ import annotations

import asyncio
import logging

from aiosmtpd.smtp import SMTP, Envelope, Session

from agencynet.stack.mail.mailbox import Mailbox

_LARGEST_BYTES = 20_000_000
_KEPT = "250 2.0.0 Kept"
_NO_ROOM = "452 4.3.1 The mail could not be written to the disk"


class _Keeper:
    """What aiosmtpd calls when a mail has come."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - theirs
        content = envelope.content
        if not isinstance(content, bytes):
            raise TypeError("the server was told not to decode")
        try:
            await self._mailbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        except OSError:
            logging.getLogger(__name__).exception("a mail could not be written")
            return _NO_ROOM
        return _KEPT


async def serve_smtp(mailbox: Mailbox, port: int) -> asyncio.Server:
    """Takes any mail to anybody; answers 250 when it is on disk."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    keeper = _Keeper(mailbox)
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, data_size_limit=_LARGEST_BYTES, enable_SMTPUTF8=True, hostname="localhost"),
        "127.0.0.1",
        port,
    )
