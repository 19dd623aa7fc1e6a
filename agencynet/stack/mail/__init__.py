"""A mail server that delivers nothing: it keeps what it gets and shows it on a web page."""

from __future__ import annotations

import sys
from pathlib import Path

from agencynet.stack.folder import make_folder
from agencynet.stack.process import Process, listening

_START_SECONDS = 30.0
_ADVICE = "Try again, or set AGENCYNET_SMTP to the address of a mail server."


async def start_mail(
    data: Path, logs: Path, smtp_port: int, http_port: int, keep_open: tuple[int, ...] = ()
) -> Process:
    """Start it with its mail in `data`, and return when it takes mail and shows it. Raises CannotStart."""
    command = [
        *(sys.executable, "-m", "agencynet.stack.mail"),
        *("--smtp-port", str(smtp_port), "--http-port", str(http_port), "--data", make_folder(data)),
    ]
    process = Process("The mail catcher", command, logs / "mail.log", keep_open=keep_open)
    process.start()
    try:
        for port in (smtp_port, http_port):
            await listening(process, port, _START_SECONDS, _ADVICE)
    except BaseException:
        await process.kill()
        raise
    return process
