"""Mail: the senders with all their promises, against bare loops that promise nothing, in one run."""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from aiosmtplib import SMTP

from services.notify.mail import mime, templates
from services.notify.mail.examples import AGENCIES_SV, EXAMPLES
from services.notify.settings import NotifySettings
from services.notify.store import INDEXES
from services.notify.worker import send_mail
from shared import outbox
from shared.health import Health
from shared.mongo import Document, Mongo
from shared.service import merge
from shared.settings import ServiceSettings
from shared.states import to_document
from tests.harness import a_person

_KIND = "events.invited"


async def measure(settings: ServiceSettings, *, mails: int = 3_000, rounds: int = 3) -> dict[str, Any]:
    """Mails a second of each, the medians of `rounds` rounds taken in turn, and the ratios of the budget."""
    found: dict[str, list[float]] = {
        "bare_1": [],
        "bare_16": [],
        "senders_16": [],
        "senders_16_rendering": [],
    }
    async with _sink() as port:
        notify = NotifySettings(smtp=f"127.0.0.1:{port}", senders=16, per_domain_second=0)
        content = _content(notify)
        for _ in range(rounds):
            found["bare_1"].append(await _bare(port, content, mails, 1))
            found["bare_16"].append(await _bare(port, content, mails, 16))
            found["senders_16"].append(await _office(settings, notify, mails, content))
            found["senders_16_rendering"].append(await _office(settings, notify, mails // 4, None))
    rates = {name: round(statistics.median(values)) for name, values in found.items()}
    return {
        "mails_per_second": rates,
        "ratios": {
            "to_bare_1": round(rates["senders_16"] / rates["bare_1"], 2),
            "to_bare_16": round(rates["senders_16"] / rates["bare_16"], 2),
        },
        "budgets": {"to_bare_1": 1.0, "to_bare_16": 0.5},
    }


def _content(notify: NotifySettings) -> bytes:
    rendered = templates.render(_KIND, "sv", EXAMPLES[_KIND], AGENCIES_SV)
    envelope = mime.Envelope(
        "<bench@agencynet.example>", "Åsa Öberg", "asa@csn.example", "sv", _KIND, "bench", datetime.now(UTC)
    )
    return mime.build(notify, envelope, rendered, None)


async def _bare(port: int, content: bytes, mails: int, connections: int) -> float:
    clients = [SMTP(hostname="127.0.0.1", port=port) for _ in range(connections)]
    for client in clients:
        await client.connect()

    async def send(client: SMTP) -> None:
        for _ in range(mails // connections):
            await client.sendmail("natverket@agencynet.example", ["asa@csn.example"], content)

    began = perf_counter()
    await asyncio.gather(*(send(client) for client in clients))
    took = perf_counter() - began
    for client in clients:
        client.close()
    return mails // connections * connections / took


async def _office(
    settings: ServiceSettings, notify: NotifySettings, mails: int, content: bytes | None
) -> float:
    """From the first claim to the last written `sent`; with `content` None, rendering included."""
    mongo = Mongo(settings, "notify")
    await mongo.client.drop_database(mongo.db.name)
    await mongo.prepare(merge(INDEXES, outbox.INDEXES, {"agencies": []}))
    people = [a_person("csn") for _ in range(100)]
    await mongo.db.people.insert_many([to_document(person) for person in people])
    now = datetime.now(UTC)
    rows = [_row(number, people[number % 100], now, content) for number in range(mails)]
    await mongo.db.notifications.insert_many(rows)
    began = perf_counter()
    office = asyncio.create_task(send_mail(mongo, notify, Health(), "bench"))
    while await mongo.db.notifications.find_one({"due_at": {"$exists": True}}, {"_id": 1}):  # noqa: ASYNC110 – the database is watched
        await asyncio.sleep(0.02)
    took = perf_counter() - began
    office.cancel()
    await asyncio.gather(office, return_exceptions=True)
    sent = await mongo.db.notifications.count_documents({"_id": {"$gt": ""}, "state": "sent"})
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()
    if sent != mails:
        raise RuntimeError(f"{sent} of {mails} mails were sent")
    return mails / took


def _row(number: int, person: Any, now: datetime, content: bytes | None) -> Document:
    frozen: Document = {}
    if content:
        frozen = {"mime": content, "address": person.email, "message_id": "<bench>"}
    return {
        "_id": f"bench-{number}",
        "person_id": person.id,
        "agency": "csn",
        "kind": _KIND,
        "subject": "meeting/bench",
        "subject_version": 1,
        "thread": f"{number}|bench",
        "data": EXAMPLES[_KIND].model_dump_json(),
        "calendar": None,
        "not_after": now + timedelta(hours=1),
        "correlation": "bench",
        "traceparent": None,
        "state": "created",
        "reason": "",
        "attempts": 0,
        "doubts": 0,
        "resends": 0,
        "edition": 0,
        "version": 1,
        "created_at": now,
        "due_at": now,
        **frozen,
    }


@asynccontextmanager
async def _sink() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.mail_sink", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()
