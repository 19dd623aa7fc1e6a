from collections.abc import AsyncIterator

import pytest

from tests.faults.smtp_server import MailServer, mail_server


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server
