"""Seats on one occasion, asked for by 100 clients at once over HTTP."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.mongo import Mongo
from tests.bench.ground import Ground
from tests.bench.http import Connection, as_fast_as_answered, request
from tests.bench.rows import Row, spread
from tests.harness import a_person, eventually, publish

_CLIENTS = 100
_HOST = "csn"


async def measure(ground: Ground) -> Sequence[Row]:
    """A third more people than there are seats, so that the last of them stand in line."""
    system = await ground.network()
    settings, url = ground.settings(), system.urls["courses"]
    count = ground.scaled(6_000)
    seats = count * 3 // 4
    agencies = sorted(ground.tokens)
    people = [a_person(agencies[n % len(agencies)], f"b{n}") for n in range(count)]
    await publish(settings, DIRECTORY_PEOPLE, *people)
    mongo = Mongo(settings, "courses")
    ours = {"_id": {"$in": [person.id for person in people]}}
    await eventually(lambda: mongo.db.people.count_documents(ours), until=lambda n: n == count, within=60)
    occasion = await _occasion(url, ground.tokens[_HOST], seats)
    path = f"/courses/v1/occasions/{occasion}/enrolments"
    requests = (request(path, ground.tokens[p.agency], {"person_id": p.id}) for p in people)
    answers: Counter[str] = Counter()

    def note(status: int, body: bytes) -> None:
        answers[json.loads(body)["state"] if status == 201 else f"HTTP {status}"] += 1

    took, seconds = await as_fast_as_answered(url, requests, _CLIENTS, note)
    kept = {"occasion_id": occasion, "state": "enrolled"}
    taken = sum([1 async for _ in mongo.db.enrolments.find(kept, {"_id": 1})])
    mongo.close()
    ground.say(f"  {dict(answers)}")
    return [
        Row("bookings", round(count / seconds * 60), "a minute", at_least=15_000),
        *spread("answered", took, p99=500),
        Row("seats too many", taken - seats, at_most=0),
        Row("seats left although somebody asked", seats - taken, at_most=0),
    ]


async def _occasion(url: str, token: str, seats: int) -> str:
    connection = await Connection.to(url)
    course = await _made(connection, "courses", token, {"title": "Att jobba i staten", "title_en": "Work"})
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    body = {"course_id": course, "days": [str(day)], "seats": seats, "place": "Sundsvall", "cost_ore": 0}
    occasion = await _made(connection, "occasions", token, body)
    await connection.close()
    return occasion


async def _made(connection: Connection, what: str, token: str, body: dict[str, Any]) -> str:
    status, answer = await connection.send(request(f"/courses/v1/{what}", token, body))
    if status != 201:
        raise RuntimeError(answer.decode())
    return json.loads(answer)["id"]
