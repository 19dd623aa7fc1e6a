"""Two thousand inputs that nobody should send, over Kafka and HTTP, while people go on working."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from shared.contracts.topics import STAFF_PREFIX
from tests.faults.people import STAGE, Employee, message
from tests.faults.row import Row
from tests.faults.scene import Scene

_COUNT = 2_000
_SHORT_COUNT = 300
_LARGE_EVERY = 100
_AT_ONCE = 8
# Stands for what is personal: nothing that is said about an input may repeat it.
_MARKER = "Hemligsson"
_MEGABYTE = 1_048_576
_P99_SECONDS = 2.0

Sent = tuple[bytes | None, bytes]


class Answer(NamedTuple):
    asked: str
    status: int
    text: str

    @property
    def refuses(self) -> bool:
        """With a 4xx, or record by record; never with a 5xx, and never with what was sent."""
        if _MARKER in self.text:
            return False
        return 400 <= self.status < 500 or (self.status == 200 and '"refused"' in self.text)


async def send_nonsense(scene: Scene) -> None:
    count = _SHORT_COUNT if scene.short else _COUNT
    rng, agency = Random(scene.rng.random()), scene.load.agencies[0]
    processes = {node.name: node.pid for node in scene.cluster.nodes}
    db = scene.cluster.databases["directory"].db
    mine = {"topic": STAFF_PREFIX + agency, "partition": {"$gte": 0}, "kind": "refused"}
    before = await db.parked.count_documents(mine)
    watching = asyncio.create_task(_people_are_answered(scene))
    parked = await _over_kafka(scene, rng, agency, count // 2)
    answers = await _over_http(scene, rng, agency, count // 2)

    async def arrived() -> int:
        return await db.parked.count_documents(mine) - before

    try:
        await scene.until("each is parked", arrived, lambda n: n >= parked, within=60)
    finally:
        watching.cancel()
    p99 = await watching
    scene.measured("parked", parked)
    scene.measured("refused over HTTP", len(answers))
    scene.measured("p99 of the others s", p99)
    scene.require(p99 < _P99_SECONDS, f"people were answered within {p99:.1f} s at p99")
    wrong = [f"{one.status} to {one.asked}: {one.text[:200]}" for one in answers if not one.refuses]
    scene.require(not wrong, f"{len(wrong)} were not refused as they should be: {wrong[:3]}")
    reasons = [row["reason"] async for row in db.parked.find(mine, {"reason": 1})]
    scene.require(all(reasons), "something was parked without a reason")
    scene.require(not [reason for reason in reasons if _MARKER in reason], "a reason repeats what was sent")
    now = {node.name: node.pid for node in scene.cluster.nodes if node.alive}
    scene.require(now == processes, "a process has ended")


async def _people_are_answered(scene: Scene) -> float:
    """The 99th percentile of reading a person, until it is cancelled."""
    took: list[float] = []
    who = Employee(scene.load.agencies[1], STAGE)
    headers = {"Authorization": f"Bearer {scene.stage.tokens[who.agency]}"}
    try:
        while True:
            node = scene.rng.choice(scene.cluster.of("directory"))
            began = scene.now()
            url = f"{node.url}/directory/v1/people/{who.id}"
            answer = await scene.cluster.http.get(url, headers=headers, timeout=30)
            took.append(scene.now() - began)
            scene.require(answer.status_code == 200, f"a person is answered with {answer.status_code}")
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return sorted(took)[int(len(took) * 0.99) - 1]


# --- over Kafka -------------------------------------------------------------------------------------------


async def _over_kafka(scene: Scene, rng: Random, agency: str, count: int) -> int:
    """How many the broker has taken; the largest it refuses itself."""
    producer = AIOKafkaProducer(
        bootstrap_servers=scene.cluster.settings.kafka, acks="all", max_request_size=4 * _MEGABYTE
    )
    await producer.start()
    taken = 0
    try:
        for number in range(count):
            key, value = _bad_record(rng, agency, number)
            try:
                await producer.send_and_wait(STAFF_PREFIX + agency, value, key)
                taken += 1
            except MessageSizeTooLargeError:
                scene.require(len(value) > _MEGABYTE, "the broker refused a small record")
    finally:
        await producer.stop()
    return taken


def _bad_record(rng: Random, agency: str, number: int) -> Sent:
    if number % _LARGE_EVERY == _LARGE_EVERY - 1:
        return b"large", _document(agency, "large", unit="x" * (_MEGABYTE + 1))
    return rng.choice(_RECORDS)(agency, f"bad-{number}", rng)


def _document(agency: str, employee: str, **changes: Any) -> bytes:
    """A staff record but for `changes` to its data or, where they begin with `envelope_`, around it."""
    whole = json.loads(message(Employee(agency, 0), 1))
    whole["data"] |= {"employee_id": employee, "family_name": _MARKER}
    for name, value in changes.items():
        place = whole if name.startswith("envelope_") else whole["data"]
        place[name.removeprefix("envelope_")] = value
    return json.dumps(whole).encode()


def _keyed(**changes: Any) -> Any:
    return lambda agency, employee, _rng: (employee.encode(), _document(agency, employee, **changes))


def _broken(change: Any) -> Any:
    """`change` makes other bytes of a good record's."""
    return lambda agency, employee, rng: (employee.encode(), change(_document(agency, employee), rng))


_RECORDS = (
    _broken(lambda value, _rng: value.replace(b"Hemligsson", b"Hemligs\xff\xfeson")),
    _broken(lambda value, rng: value[: rng.randrange(1, len(value))]),
    _broken(lambda value, _rng: value.replace(b'"version": 1', b'"version": NaN')),
    _broken(lambda value, _rng: value.replace(b'"version": 1', b'"version": 1e999')),
    _broken(lambda _value, _rng: b"[" * 10_000 + b"]" * 10_000),
    _broken(lambda value, _rng: value.replace(b'"active"', b"[" * 10_000 + b"]" * 10_000)),
    _broken(lambda _value, rng: rng.randbytes(rng.randrange(1, 400))),
    _broken(lambda _value, _rng: b""),
    lambda agency, employee, _rng: (None, _document(agency, employee)),
    lambda agency, employee, _rng: (b"another", _document(agency, employee)),
    _keyed(envelope_type="staff.record.changed.v9"),
    _keyed(envelope_specversion="9"),
    _keyed(envelope_time="in the morning"),
    _keyed(**{"$where": f"this.name == '{_MARKER}'", "a.b": _MARKER}),
    _keyed(given_name="\x00"),
    _keyed(given_name=f"\ufffd{_MARKER}"),
    _keyed(employed_from="99999-01-01"),
    _keyed(employed_from="9999-13-31"),
    _keyed(version=-1),
    _keyed(version=2**63),
    _keyed(version=str(_MARKER)),
    _keyed(status="gone"),
    _keyed(email=f"{_MARKER}\r\nBcc: all@example.se"),
    _keyed(roles={"$gt": ""}),
    _keyed(telephone=_MARKER),
)


# --- over HTTP --------------------------------------------------------------------------------------------

_ROUTES = (
    ("directory", "POST", "/directory/v1/staff-records"),
    ("directory", "POST", "/directory/v1/groups"),
    ("events", "POST", "/events/v1/meetings"),
    ("events", "POST", "/events/v1/audiences/preview"),
    ("courses", "POST", "/courses/v1/courses"),
    ("courses", "POST", "/courses/v1/occasions"),
    ("notify", "PUT", "/notify/v1/preferences/{person}"),
)


async def _over_http(scene: Scene, rng: Random, agency: str, count: int) -> list[Answer]:
    answers: list[Answer] = []
    headers = {
        "Authorization": f"Bearer {scene.stage.tokens[agency]}",
        "Content-Type": "application/json",
    }
    inputs = [(*rng.choice(_ROUTES), _bad_body(rng, number)) for number in range(count)]

    async def send_some(start: int) -> None:
        for service, method, path, body in inputs[start::_AT_ONCE]:
            node = scene.cluster.of(service)[0]
            url = node.url + path.replace("{person}", Employee(agency, STAGE).id)
            answer = await scene.cluster.http.request(method, url, content=body, headers=headers, timeout=60)
            answers.append(Answer(f"{path} {body[:40]!r}", answer.status_code, answer.text))

    async with asyncio.TaskGroup() as senders:
        for start in range(_AT_ONCE):
            senders.create_task(send_some(start))
    return answers


def _bad_body(rng: Random, number: int) -> bytes:
    if number % _LARGE_EVERY == _LARGE_EVERY - 1:
        return json.dumps({"title": "x" * (_MEGABYTE + 1)}).encode()
    return rng.choice(_BODIES)(rng)


_BODIES: tuple[Any, ...] = (
    lambda _rng: f'{{"title": "{_MARKER}'.encode() + b'\xff\xfe"}',
    lambda rng: json.dumps({"title": _MARKER, "kind": "network"}).encode()[: rng.randrange(1, 30)],
    lambda _rng: b'{"title": NaN}',
    lambda _rng: b"[" * 10_000 + b"]" * 10_000,
    lambda _rng: b'{"title": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    lambda rng: rng.randbytes(rng.randrange(1, 400)),
    lambda _rng: b"",
    lambda _rng: json.dumps({"$where": "1", "a.b": 1}).encode(),
    lambda _rng: json.dumps({"title": "\x00", "records": [{"given_name": "\x00"}]}).encode(),
    lambda _rng: json.dumps({"title": "\u202ea", "records": [{"given_name": "\u202ea"}]}).encode(),
    lambda _rng: json.dumps({"records": [{"employee_id": "x", "employed_from": "99999-01-01"}]}).encode(),
    lambda _rng: json.dumps({"starts_at": "9999-12-31T23:59:59+00:00", "days": ["9999-12-31"]}).encode(),
    lambda _rng: json.dumps({"kinds": {"$set": "never"}, "title": {"$gt": ""}}).encode(),
    lambda _rng: b'{"records": [' + b"1," * 5_000 + b"1]}",
)

ROWS = (
    Row(
        "bad-inputs",
        "no crash; others answered under 2 s at p99; each parked or refused, reasons without content",
        send_nonsense,
    ),
)
