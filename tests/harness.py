"""What tests of services have in common: a running service, messages in and out, people and agencies to begin with."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic
from typing import Any, TypeVar
from unicodedata import normalize

import httpx2
import uuid_utils
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord
from joserfc.jwk import ECKey

from shared import auth
from shared.contracts.directory import Agency, AgencyToken, Person
from shared.contracts.envelope import Trace, encode
from shared.contracts.ids import person_id
from shared.contracts.notify import Request
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import DIRECTORY_AGENCIES, TOPICS, Topic, staff_topic
from shared.contracts.types import Gone, Held, State
from shared.kafka import clients as kafka
from shared.mongo import Mongo
from shared.service import Service, Spec
from shared.settings import ServiceSettings

Result = TypeVar("Result")
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "tests", "use": "sig", "alg": "ES256"})
AGENCIES = ("bolagsverket", "csn", "spv")
_numbers = count(1)


async def eventually(
    look: Callable[[], Awaitable[Result]], *, within: float = 15.0, until: Callable[[Result], object] = bool
) -> Result:
    """What `look` answers as soon as `until` holds of it; fails with the last answer when time is up."""
    deadline = monotonic() + within
    while True:
        answer = await look()
        if until(answer):
            return answer
        assert monotonic() < deadline, f"still {answer!r} after {within} s"
        await asyncio.sleep(0.03)


@dataclass
class Running:
    service: Service
    http: httpx2.AsyncClient
    mongo: Mongo
    deaths: list[str]


@asynccontextmanager
async def running(spec: Spec, settings: ServiceSettings, *, ready: float = 20.0) -> AsyncIterator[Running]:
    """The service in this process, on the real Kafka and MongoDB, ready."""
    deaths: list[str] = []
    service = Service(spec, settings, deaths.append)
    async with service.app.router.lifespan_context(service.app):
        transport = httpx2.ASGITransport(app=service.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
            await eventually(lambda: _problems(service), until=lambda found: not found, within=ready)
            yield Running(service, http, service.mongo, deaths)
    assert not deaths


async def _problems(service: Service) -> dict[str, str]:
    stuck = {name: part.why for name, part in service.health.parts.items() if part.since is not None}
    return {**service.health.problems(), **stuck}


async def publish(settings: ServiceSettings, topic: Topic, *things: State | Gone | Any) -> None:
    """Put messages on a topic as their owner would."""
    messages = [
        (
            _key(thing),
            encode(
                message_id=str(uuid_utils.uuid7()),
                source=f"/staff/{topic.owner}" if topic.name.startswith("staff.") else f"/{topic.owner}",
                kind=topic.type,
                subject=_key(thing),
                data=thing,
                trace=Trace(f"test-{next(_numbers)}"),
                now=datetime.now(UTC),
            ),
        )
        for thing in things
    ]
    await produce(settings, topic.name, messages)


def _key(thing: Any) -> str:
    if isinstance(thing, Request):
        return thing.person_id
    return thing.employee_id if isinstance(thing, StaffRecord) else thing.id


async def produce(
    settings: ServiceSettings, topic: str, records: Iterable[tuple[str | None, bytes | None]]
) -> None:
    """Put raw records on a topic."""
    producer = AIOKafkaProducer(**kafka.connection(settings), acks="all", max_request_size=kafka.MAX_BYTES)
    await producer.start()
    try:
        sent = [
            await producer.send(settings.namespace + topic, value, key.encode() if key is not None else None)
            for key, value in records
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def records(settings: ServiceSettings, topic: str) -> list[ConsumerRecord]:
    """Every committed record of a topic so far, by partition and offset."""
    consumer = AIOKafkaConsumer(
        settings.namespace + topic,
        **kafka.connection(settings),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = sorted(await eventually(_assignment(consumer)))
        ends = await consumer.end_offsets(partitions)
        found: list[ConsumerRecord] = []
        deadline = monotonic() + 20
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            assert monotonic() < deadline, "the topic could not be read to its end"
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                found.extend(batch)
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


def _assignment(consumer: AIOKafkaConsumer) -> Callable[[], Awaitable[Iterable[Any]]]:
    async def look() -> Iterable[Any]:
        return consumer.assignment()

    return look


async def messages(settings: ServiceSettings, topic: Topic) -> list[Any]:
    """Every message of a topic so far, read by its contract; tombstones left out."""
    found = await records(settings, topic.name)
    return [topic.adapter.validate_json(record.value) for record in found if record.value is not None]


async def latest(settings: ServiceSettings, topic: Topic) -> dict[str, Any]:
    """A state topic as compaction would leave it: id to data."""
    return {message.data.id: message.data for message in await messages(settings, topic)}


def an_agency(slug: str, **changes: Any) -> Agency:
    values: dict[str, Any] = {
        "id": slug,
        "version": 1,
        "name": slug.title(),
        "full_name": slug.title(),
        "name_en": slug.title(),
        "kind": "myndighet",
        "places": ("Sundsvall",),
        "mail_domain": f"{slug}.example",
    }
    return Agency(**{**values, **changes})


def mailbox(name: str, domain: str = "csn.example") -> str:
    """An address for somebody: mail servers take no å, ä and ö before the @."""
    plain = normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return f"{plain}@{domain}"


def a_person(agency: str = "bolagsverket", employee: str = "", **changes: Any) -> Person:
    employee = employee or f"e{next(_numbers)}"
    roles = tuple(Held(code=code) for code in changes.pop("roles", ("upphandlare",)))
    given, family = changes.pop("given_name", "Åsa"), changes.pop("family_name", "Öberg")
    values: dict[str, Any] = {
        "id": person_id(agency, employee),
        "version": 1,
        "agency": agency,
        "given_name": given,
        "family_name": family,
        "display_name": f"{given} {family}",
        "email": mailbox(employee, f"{agency}.example"),
        "phone": "+46 60 18 40 00",
        "title": "Upphandlare",
        "roles": roles,
        "place": "Sundsvall",
    }
    return Person(**{**values, **changes})


async def publish_agencies(settings: ServiceSettings, *agencies: Agency) -> dict[str, str]:
    """The agencies, each with a token that may do everything; slug to token."""
    tokens: dict[str, str] = {}
    announced: list[Agency] = []
    scopes = auth.SCOPES
    for agency in agencies:
        token, sha256 = auth.new_token()
        expires = datetime.now(UTC) + timedelta(days=1)
        mine = AgencyToken(
            sha256=sha256, scopes=tuple(s for s in scopes if s != "network:admin"), expires_at=expires
        )
        announced.append(agency.model_copy(update={"tokens": (*agency.tokens, mine)}))
        tokens[agency.id] = token
    await publish(settings, DIRECTORY_AGENCIES, *announced)
    return tokens


def system(token: str) -> dict[str, str]:
    """Headers of an agency's system."""
    return {"Authorization": f"Bearer {token}"}


def signed_in(person: str, agency: str) -> dict[str, str]:
    """Headers of a person."""
    token = auth.person_token(SIGNING_KEY, person, agency, datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


def jwks() -> str:
    return json.dumps({"keys": [SIGNING_KEY.as_dict(private=False)]})


def all_topics(*agencies: str) -> list[Topic]:
    return [*TOPICS.values(), *(staff_topic(agency) for agency in agencies)]
