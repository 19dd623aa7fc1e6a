"""Mail goes by TLS with a certificate that is checked, or not at all, unless the relay is here (issue 25, 1.11)."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from aiosmtplib import SMTPException
from pydantic import ValidationError

from agencynet.stack.ports import free_port
from services.notify.settings import NotifySettings
from services.notify.worker.smtp import connect
from tests.access.secured import make_certificates


class Kept:
    """What came to a mail server: whether it was by TLS."""

    def __init__(self) -> None:
        self.by_tls: list[bool] = []

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, hostname: str) -> str:  # noqa: N802
        session.host_name = hostname
        self.by_tls.append(session.ssl is not None)
        return "250 HELP"


@contextmanager
def relay(folder: Path | None) -> Iterator[tuple[str, Kept]]:
    """One that offers STARTTLS where it has certificates."""
    kept = Kept()
    context = None
    if folder:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "kafka.pem")
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}", kept
    finally:
        controller.stop()


@pytest.mark.parts
async def test_nothing_is_said_to_a_relay_that_offers_no_tls_where_it_is_required() -> None:
    with relay(None) as (address, kept):
        with pytest.raises(SMTPException):
            await connect(NotifySettings(smtp=address, smtp_tls="starttls", smtp_timeout=5))
        client = await connect(NotifySettings(smtp=address, smtp_timeout=5))
        await client.quit()
        assert kept.by_tls[-1] is False, "to this machine itself it goes in clear unless told"


@pytest.mark.parts
async def test_mail_goes_by_tls_with_a_certificate_that_is_checked(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    with relay(tmp_path) as (address, kept):
        told = {"smtp": address, "smtp_tls": "starttls", "smtp_timeout": 5}
        client = await connect(NotifySettings(**told, smtp_ca=tmp_path / "ca.pem"))
        await client.quit()
        assert kept.by_tls[-1] is True
        with pytest.raises((SMTPException, OSError)):
            await connect(NotifySettings(**told))
        assert kept.by_tls[-1] is False, "a certificate of nobody's is not spoken to"


@pytest.mark.parametrize(
    ("smtp", "said", "security"),
    [
        ("smtp.example:587", None, "starttls"),
        ("mail:1025", None, "starttls"),
        ("127.0.0.1:1025", None, "none"),
        ("localhost:25", None, "none"),
        ("127.0.0.1:587", "starttls", "starttls"),
        ("smtp.example:465", "tls", "tls"),
        ("mail:1025", "none", "none"),
    ],
)
def test_tls_is_required_unless_the_relay_is_here_or_somebody_says_otherwise(
    smtp: str, said: Any, security: str
) -> None:
    assert NotifySettings(smtp=smtp, smtp_tls=said).smtp_security == security


def test_a_password_never_goes_in_clear() -> None:
    with pytest.raises(ValidationError, match="in clear"):
        NotifySettings(smtp="smtp.example:25", smtp_tls="none", smtp_password="hemligt")
    assert NotifySettings(smtp="smtp.example:587", smtp_password="hemligt").smtp_security == "starttls"
