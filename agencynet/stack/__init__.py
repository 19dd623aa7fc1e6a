"""Kafka, MongoDB and a mail catcher on this machine, for development and tests."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agencynet.stack.errors import CannotStart
from agencynet.stack.folder import check_space, lock_folder
from agencynet.stack.given import check_given_kafka, check_given_smtp
from agencynet.stack.kafka import start_kafka
from agencynet.stack.mail import start_mail
from agencynet.stack.mongodb import check_given_mongodb, start_mongodb, url
from agencynet.stack.ports import Ports, port_for
from agencynet.stack.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CannotStart", "Ports", "Process", "Stack", "start_stack"]


@dataclass
class Stack:
    """What runs, and where. Addresses are complete: nothing has to be added to use them."""

    data: Path
    kafka: str = ""
    """Bootstrap servers, host:port."""
    mongodb: str = ""
    smtp: str = ""
    """host:port"""
    mail_page: str | None = None
    """None where mail goes to a real server."""
    processes: dict[str, Process] = field(default_factory=dict[str, Process])
    """Those started here: kafka, mongodb, mail."""
    held: tuple[int, ...] = ()
    """The lock of the data folder."""

    async def stop(self) -> None:
        """Stop what was started here, at once and each cleanly. May be called again."""
        await asyncio.gather(*(process.stop() for process in self.processes.values()))
        held, self.held = self.held, ()
        for descriptor in held:
            os.close(descriptor)


async def start_stack(
    data: Path,
    *,
    kafka: str | None = None,
    mongodb: str | None = None,
    smtp: str | None = None,
    ports: Ports = "usual",
    progress: Callable[[str], None] = lambda _: None,
) -> Stack:
    """Start the three at once and return when all can be used; data is kept in `data` between runs.

    A part whose address is given is checked and not started. `ports="usual"` takes the well-known ports
    where they are free. Raises CannotStart, and leaves nothing running, when a part can't be had or
    another run uses the same folder.
    """
    stack = Stack(data, held=(await lock_folder(data),))
    try:
        check_space(data)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(_kafka(stack, kafka, ports, progress))
            parts.create_task(_mail(stack, smtp, ports, progress))
            parts.create_task(_mongodb(stack, mongodb, ports, progress))
    except BaseException as error:
        await stack.stop()
        if isinstance(error, BaseExceptionGroup) and (known := error.subgroup(CannotStart)):
            raise known.exceptions[0] from None
        raise
    return stack


async def _kafka(stack: Stack, given: str | None, ports: Ports, progress: Callable[[str], None]) -> None:
    if given:
        await check_given_kafka(given)
        stack.kafka = given
        return
    port = port_for("kafka", ports)
    logs = stack.data / "log"
    process = await start_kafka(stack.data / "kafka", logs, port, progress, stack.held)
    stack.processes["kafka"] = process
    stack.kafka = f"127.0.0.1:{port}"
    progress(f"Kafka: ready on {stack.kafka}")


async def _mongodb(stack: Stack, given: str | None, ports: Ports, progress: Callable[[str], None]) -> None:
    if given:
        await check_given_mongodb(given)
        stack.mongodb = given
        return
    port = port_for("mongodb", ports)
    progress("MongoDB: starting")
    process = await start_mongodb(stack.data / "mongodb", stack.data / "log", port, stack.held)
    stack.processes["mongodb"] = process
    stack.mongodb = url(port)
    progress(f"MongoDB: ready on 127.0.0.1:{port}")


async def _mail(stack: Stack, given: str | None, ports: Ports, progress: Callable[[str], None]) -> None:
    if given:
        await check_given_smtp(given)
        stack.smtp = given
        return
    smtp_port, http_port = port_for("smtp", ports), port_for("mail page", ports)
    progress("Mail catcher: starting")
    process = await start_mail(stack.data / "mail", stack.data / "log", smtp_port, http_port, stack.held)
    stack.processes["mail"] = process
    stack.smtp = f"127.0.0.1:{smtp_port}"
    stack.mail_page = f"http://127.0.0.1:{http_port}"
    progress(f"Mail catcher: ready on {stack.smtp}, page {stack.mail_page}")
