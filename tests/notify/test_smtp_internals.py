"""What services/notify/worker/smtp.py uses inside aiosmtplib. Its version is pinned exactly: read this again with a
new one.
"""

import tomllib
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTP

from tests.faults.smtp_server import Drop, MailServer
from tests.harness import eventually

pytestmark = pytest.mark.parts
HEAD = b"Message-ID: <one@network.example>\r\nSubject: Hej\r\n\r\n"


@pytest.fixture
async def protocol(server: MailServer) -> AsyncIterator[Any]:
    """Of a connection on which the server waits for a mail's content."""
    client = SMTP(hostname="127.0.0.1", port=server.port, timeout=5)
    await client.connect()
    for verb, argument in ((b"MAIL", b"FROM:<a@network.example>"), (b"RCPT", b"TO:<b@csn.example>")):
        assert (await client.execute_command(verb, argument)).code == 250
    assert (await client.execute_command(b"DATA")).code == 354
    yield client.protocol
    client.close()


def test_its_version_is_pinned_and_installed() -> None:
    pinned = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
        "dependencies"
    ]
    assert f"aiosmtplib=={version('aiosmtplib')}" in pinned


async def test_bytes_leave_as_they_are_and_only_our_dot_makes_a_mail(
    protocol: Any, server: MailServer
) -> None:
    protocol.write(HEAD + b"..first\r\nlast\r\n")
    await eventually(lambda: _left(protocol), until=lambda left: left == 0)
    assert server.received == []
    protocol.write(b".\r\n")
    answer = await protocol.read_response(timeout=5)
    assert (answer.code, server.received[0].content) == (250, HEAD + b".first\r\nlast\r\n")


async def test_what_has_not_left_yet_can_be_counted(protocol: Any, server: MailServer) -> None:
    protocol.write(HEAD + b"x\r\n" * 5_000_000)
    assert protocol.transport.get_write_buffer_size() > 0
    assert server.received == []


async def test_a_connection_that_the_server_breaks_is_known_as_broken(
    protocol: Any, server: MailServer
) -> None:
    assert protocol.is_connected
    server.on("DOT", Drop())
    protocol.write(HEAD + b"\r\n.\r\n")
    await eventually(lambda: _connected(protocol), until=lambda connected: not connected)


async def _left(protocol: Any) -> int:
    return protocol.transport.get_write_buffer_size()


async def _connected(protocol: Any) -> bool:
    return protocol.is_connected
