"""Checks of the parts that are given from outside, before anything leans on them."""

from __future__ import annotations

import asyncio

from agencynet.stack.errors import CannotStart

_CONNECT_SECONDS = 5.0


async def check_given_kafka(servers: str) -> None:
    """See that one of the bootstrap servers (host:port, …) can be reached. Raises CannotStart."""
    await _one_answers("Kafka", "AGENCYNET_KAFKA", servers.split(","))


async def check_given_smtp(server: str) -> None:
    """See that the mail server (host:port) can be reached. Raises CannotStart."""
    await _one_answers("mail server", "AGENCYNET_SMTP", [server])


async def _one_answers(part: str, variable: str, servers: list[str]) -> None:
    for server in servers:
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit():
            raise CannotStart(f"{variable} is “{server}”.", "Write it as host:port.")
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), _CONNECT_SECONDS)
        except (OSError, TimeoutError):
            continue
        writer.close()
        return
    raise CannotStart(
        f"The {part} at {', '.join(servers)} that {variable} names can't be reached.",
        f"Check that it runs, or unset {variable} to have one started here.",
    )
