"""What the tests of notify have in common: the running service with short waits, and things to tell people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.notify.app import spec
from services.notify.mail.examples import EXAMPLES
from services.notify.models import WholeMail
from services.notify.settings import NotifySettings
from shared.contracts.directory import Person
from shared.contracts.notify import Request
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import Running, eventually, publish, running

_numbers = count(1)


def quick(server: MailServer | str, **changes: Any) -> NotifySettings:
    """Settings under which minutes are hundredths of a second."""
    values: dict[str, Any] = {
        "smtp": server if isinstance(server, str) else server.address,
        "smtp_timeout": 2.0,
        "retry_unit_seconds": 0.02,
        "doubt_seconds": 0.2,
        "lease_seconds": 3.0,
        "unknown_person_seconds": 900.0,
        "unknown_named_seconds": 0.0,
        "per_domain_second": 0,
        "stuck_seconds": 0.3,
    }
    return NotifySettings(**{**values, **changes})


def some_mail(**changes: Any) -> WholeMail:
    """As it is kept, claimed by a process unless told."""
    values: dict[str, Any] = {
        "id": "m1",
        "version": 1,
        "person_id": "p",
        "agency": "csn",
        "kind": "events.invited",
        "subject": "meeting/5d6c",
        "subject_version": 1,
        "thread": "meeting/5d6c|p",
        "correlation": "c",
        "created_at": datetime(2026, 12, 1, 9, tzinfo=UTC),
        "state": "sending",
        "claim": "office/1",
        "data": "{}",
        "mime": b"Subject: Hej",
    }
    return WholeMail(**{**values, **changes})


@asynccontextmanager
async def open_office(
    settings: ServiceSettings, server: MailServer | str, *people: Person, **changes: Any
) -> AsyncIterator[Running]:
    """The service, knowing these people."""
    await publish(settings, DIRECTORY_PEOPLE, *people)
    async with running(spec(quick(server, **changes)), settings) as service:
        if people:
            last = people[-1].id
            await eventually(lambda: service.mongo.db.people.find_one({"_id": last}))
        yield service


def something(person: Person | str, kind: str = "events.invited", **changes: Any) -> Request:
    """A request to tell this person something, about a subject of its own unless told."""
    values: dict[str, Any] = {
        "person_id": person if isinstance(person, str) else person.id,
        "kind": kind,
        "subject": f"meeting/{next(_numbers)}",
        "subject_version": 1,
        "data": EXAMPLES[kind].model_dump(mode="json"),
        "not_after": datetime.now(UTC) + timedelta(hours=1),
    }
    return Request(**{**values, **changes})


async def ask(settings: ServiceSettings, *requests: Request) -> None:
    await publish(settings, NOTIFY_REQUESTS, *requests)


async def row(service: Running, request: Request) -> dict[str, Any]:
    return await service.mongo.db.notifications.find_one({"_id": request.id}) or {}


async def becomes(service: Running, request: Request, state: str, **more: Any) -> dict[str, Any]:
    """The row as soon as it is in this state."""
    wanted = {"state": state, **more}

    async def look() -> dict[str, Any]:
        return await row(service, request)

    return await eventually(look, until=lambda found: wanted.items() <= found.items())
