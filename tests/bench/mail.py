"""Mail: the senders with all their promises, against bare loops that promise nothing, in one run."""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from aiosmtplib import SMTP

from services.notify.app import spec
from services.notify.mail import mime, templates
from services.notify.mail.examples import AGENCIES_SV, EXAMPLES
from services.notify.settings import NotifySettings
from services.notify.store import INDEXES
from services.notify.worker import send_mail
from shared.consuming.states import to_document
from shared.contracts.notify import Request
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS, TOPICS
from shared.kafka import clients as kafka
from shared.mongo import Document, Mongo
from shared.observing.health import Health
from shared.publishing import outbox
from shared.service import merge
from shared.settings import ServiceSettings
from tests.bench.ground import Ground
from tests.bench.rows import Row, spread
from tests.harness import a_person, eventually, publish, running

_ROUNDS = 3
_KIND = "events.invited"


async def measure(ground: Ground) -> Sequence[Row]:
    """Medians of rounds taken in turn."""
    settings, mails = ground.settings("mail"), ground.scaled(2_000)
    names = ("bare_1", "bare_16", "senders_16", "one thing to many", "something to each")
    found: dict[str, list[float]] = {name: [] for name in names}
    async with _sink() as port:
        notify = NotifySettings(smtp=f"127.0.0.1:{port}", senders=16, per_domain_second=0)
        content = _content(notify)
        for _ in range(_ROUNDS):
            found["bare_1"].append(await _bare(port, content, mails, 1))
            found["bare_16"].append(await _bare(port, content, mails, 16))
            found["senders_16"].append(await _office(settings, notify, mails, content))
            found["one thing to many"].append(await _office(settings, notify, mails, None))
            found["something to each"].append(await _office(settings, notify, mails, None, alike=False))
        burst = await _burst(ground, f"127.0.0.1:{port}")
    to_one, to_sixteen = (
        statistics.median(o / b for o, b in zip(found["senders_16"], found[bare], strict=True))
        for bare in ("bare_1", "bare_16")
    )
    rates = {name: round(statistics.median(values)) for name, values in found.items()}
    return [
        Row("bare, 1 connection", rates["bare_1"], "mails/s"),
        Row("bare, 16 connections", rates["bare_16"], "mails/s"),
        Row("16 senders, rendered before", rates["senders_16"], "mails/s"),
        Row("senders × bare on 1", round(to_one, 2), at_least=1.0),
        Row("senders × bare on 16", round(to_sixteen, 2), at_least=0.5),
        Row("16 senders, rendering one thing for many", rates["one thing to many"], "mails/s"),
        Row("16 senders, rendering something for each", rates["something to each"], "mails/s"),
        *spread("a burst, from the request to the mail server", burst, p99=10_000),
    ]


async def _burst(ground: Ground, smtp: str) -> list[float]:
    """3,000 people of nine agencies are told of one meeting, by the service as it is set up when nobody sets
    anything; seconds from the request to the mark that the mail server has it.
    """
    settings = ground.settings("burst")
    await kafka.create_topics(settings, TOPICS.values())
    count = ground.scaled(3_000)
    people = [a_person(f"agency-{n % 9}", f"m{n}") for n in range(count)]
    await publish(settings, DIRECTORY_PEOPLE, *people)
    async with running(spec(NotifySettings(smtp=smtp)), settings, ready=60) as notify:
        rows, known = notify.mongo.db.notifications, notify.mongo.db.people
        everybody = {"_id": {"$gt": ""}}
        await eventually(
            lambda: known.count_documents(everybody), until=lambda have: have >= count, within=60
        )
        meeting = EXAMPLES[_KIND].model_dump(mode="json")
        requests = [
            Request(person_id=p.id, kind=_KIND, subject="meeting/1", subject_version=1, data=meeting)
            for p in people
        ]
        began = datetime.now(UTC)
        await publish(settings, NOTIFY_REQUESTS, *requests)
        sent = {**everybody, "state": "sent"}
        await eventually(lambda: rows.count_documents(sent), until=lambda done: done == count, within=120)
        return [(row["sent_at"] - began).total_seconds() async for row in rows.find(sent)]


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
    settings: ServiceSettings,
    notify: NotifySettings,
    mails: int,
    content: bytes | None,
    *,
    alike: bool = True,
) -> float:
    """From the first claim to the last written `sent`; with `content` None, rendering included, of `alike`
    things or of a different one for each.
    """
    mongo = Mongo(settings, "notify")
    await mongo.client.drop_database(mongo.db.name)
    await mongo.prepare(merge(INDEXES, outbox.INDEXES, {"agencies": []}))
    people = [a_person("csn") for _ in range(100)]
    await mongo.db.people.insert_many([to_document(person) for person in people])
    now = datetime.now(UTC)
    rows = [_row(number, people[number % 100], now, content, alike) for number in range(mails)]
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


def _row(number: int, person: Any, now: datetime, content: bytes | None, alike: bool) -> Document:
    meeting = EXAMPLES[_KIND] if alike else EXAMPLES[_KIND].model_copy(update={"title": f"Träff {number}"})
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
        "data": meeting.model_dump_json(),
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
