"""One connection to the mail server, and one mail over it, step by step."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from services.notify.models import Claim
from services.notify.rules.blame import Stage, enhanced_code
from services.notify.settings import NotifySettings
from shared import failpoints


class Refusal(Exception):  # noqa: N818
    """The server said no."""

    def __init__(self, stage: Stage, code: int, text: str) -> None:
        super().__init__(f"{code} at {stage.name}")
        self.stage = stage
        self.code = code
        self.text = text

    @property
    def reason(self) -> str:
        """Code and enhanced code; the rest of the answer often repeats the address."""
        return f"{self.code} {enhanced_code(self.text)}".rstrip()


class Lost(Exception):  # noqa: N818
    """The connection broke, or the server fell silent."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.name)
        self.stage = stage


class NotOurs(Exception):  # noqa: N818
    """Somebody else has the mail by now, or it is not to be sent any more."""


class Late(NotOurs):
    """The mark is written, but took so long that the claim may have passed on. DATA has not begun."""


class TooLate(Exception):  # noqa: N818
    """What the mail says no longer holds: its event has begun while it was on its way here."""


async def connect(settings: NotifySettings) -> SMTP:
    """
    Raises:
        SMTPException, OSError: the server can't be reached, or doesn't let us in.

    """
    host, port = settings.smtp_address
    client = SMTP(
        hostname=host,
        port=port,
        timeout=settings.smtp_timeout,
        username=settings.smtp_user or None,
        password=settings.smtp_password or None,
        local_hostname=settings.domain,
        use_tls=settings.smtp_security == "tls",
        # Required, not tried: whoever sits between could leave the offer out.
        start_tls=settings.smtp_security == "starttls",
        cert_bundle=str(settings.smtp_ca) if settings.smtp_ca else None,
    )
    await client.connect()
    # Not left to MAIL: a server that greets us and then refuses EHLO refuses us, not the mail.
    await client.ehlo()
    return client


async def hand_over(
    client: SMTP, settings: NotifySettings, claim: Claim, mark: Callable[[Claim], Awaitable[bool]]
) -> None:
    """The server has the mail when this returns. `mark` is awaited after the recipient is accepted and
    before DATA, as late as it can be.

    Raises:
        Refusal: the server has not taken it.
        Lost: before DOT it has not; at DOT nobody can know.
        NotOurs: `mark` came too late.
        TooLate: nothing was sent.

    """
    await _step(Stage.MAIL, _command(client, "MAIL", f"FROM:<{settings.from_address}>"))
    await _step(Stage.RCPT, _command(client, "RCPT", f"TO:<{claim.mail.address}>"))
    if claim.too_late:
        raise TooLate
    marked_at = monotonic()
    # A process that was stopped and goes on much later believes in a lease that has passed on.
    if not await mark(claim):
        raise NotOurs
    if monotonic() - marked_at > settings.lease_seconds / 2:
        raise Late
    failpoints.passing("mail.doubted")
    if claim.too_late:
        raise TooLate
    answer = await _step(Stage.DATA, client.execute_command(b"DATA"))
    if answer.code != 354:
        raise Refusal(Stage.DATA, answer.code, answer.message)
    await _body(client, settings, claim.mail.mime)
    answer = await _step(Stage.DOT, _dot(client, settings))
    if answer.code != 250:
        raise Refusal(Stage.DOT, answer.code, answer.message)
    failpoints.passing("mail.accepted")


async def _command(client: SMTP, verb: str, argument: str) -> None:
    # Without aiosmtplib's own mail() and rcpt(), which read every address as a header first.
    answer = await client.execute_command(verb.encode(), argument.encode("ascii"))
    if answer.code not in {250, 251}:
        raise SMTPResponseException(answer.code, answer.message)


async def _step(stage: Stage, work: Awaitable[Any]) -> Any:
    try:
        return await work
    except SMTPResponseException as error:
        raise Refusal(stage, error.code, error.message) from error
    except (SMTPException, OSError) as error:
        raise Lost(stage) from error


async def _body(client: SMTP, settings: NotifySettings, mime: bytes) -> None:
    """The mail without its final dot, until the last byte has left: a connection that breaks on the way
    leaves no doubt, since without the dot there is no mail.
    """
    protocol = client.protocol
    stuffed = mime.replace(b"\r\n.", b"\r\n..")
    deadline = monotonic() + settings.smtp_timeout
    try:
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(b"." + stuffed if stuffed.startswith(b".") else stuffed)
        await asyncio.sleep(0)
        while protocol.is_connected and protocol.transport.get_write_buffer_size():  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
            if monotonic() > deadline:
                raise Lost(Stage.DATA)
            await asyncio.sleep(0.002)
    except (SMTPException, OSError) as error:
        raise Lost(Stage.DATA) from error
    if not protocol.is_connected:
        raise Lost(Stage.DATA)


async def _dot(client: SMTP, settings: NotifySettings) -> Any:
    protocol = client.protocol
    if protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    protocol.write(b".\r\n")
    failpoints.passing("mail.dotted")
    return await protocol.read_response(timeout=settings.smtp_timeout)
