"""Staff records through both doors, on real Kafka and MongoDB."""

import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.directory.agencies.handlers.agencies import add_agency, create_token
from services.directory.app import SPEC
from services.directory.people.handlers import people
from services.directory.people.rules.history import Author
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import DIRECTORY_PEOPLE, parked_topic, staff_topic
from shared.mongo import Document, Transaction
from shared.settings import ServiceSettings
from tests.harness import (
    AGENCIES,
    Running,
    eventually,
    latest,
    messages,
    produce,
    publish,
    records,
    running,
    system,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MARKER = "Hemligsson"


def record(employee_id: str = "e1", version: int = 1, **changes: Any) -> StaffRecord:
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "version": version,
        "status": "active",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "email": f"{employee_id}@csn.example",
        "phone": "060-18 40 00",
        "title": "Inköpare",
        "location": "Sundsvall",
        "protected": False,
    }
    return StaffRecord(**{**values, **changes})


@pytest.fixture
async def directory(settings: ServiceSettings) -> AsyncIterator[Running]:
    async with running(SPEC, settings) as service:

        async def join(tx: Transaction) -> None:
            for slug in AGENCIES:
                fields = {
                    "name": slug,
                    "full_name": slug,
                    "name_en": slug,
                    "kind": "myndighet",
                    "places": ["Sundsvall"],
                    "mail_domain": f"{slug}.example",
                    "protection": "carried",
                }
                await add_agency(tx, slug, fields, NOW)

        await service.mongo.transact(join)
        yield service


async def token(service: Running, agency: str, *scopes: str) -> dict[str, str]:
    created = await service.mongo.transact(
        lambda tx: create_token(tx, agency, "test", scopes, datetime.now(UTC))
    )
    return system(created[0])


async def person(service: Running, employee: str = "e1", agency: str = "csn") -> Document | None:
    return await service.mongo.db.people.find_one({"_id": person_id(agency, employee)})


def send(service: Running, headers: dict[str, str], *sent: Any) -> Any:
    bodies = [json.loads(r.model_dump_json(by_alias=True)) if isinstance(r, StaffRecord) else r for r in sent]
    return service.http.post("/directory/v1/staff-records", json={"records": bodies}, headers=headers)


async def test_a_record_on_kafka_becomes_a_person_that_others_hear_of(
    directory: Running, settings: ServiceSettings
) -> None:
    await publish(settings, staff_topic("csn"), record())
    heard = await eventually(lambda: latest(settings, DIRECTORY_PEOPLE))
    announced = heard[person_id("csn", "e1")]
    assert (announced.display_name, announced.phone) == ("Åsa Öberg", "060-18 40 00")
    held = (*announced.roles, *announced.assignments)
    assert {one.code for one in held if one.on(NOW.date())} == {"upphandlare"}
    sent = await messages(settings, DIRECTORY_PEOPLE)
    assert sent[0].correlationid.startswith("test-")


async def test_any_order_and_repetition_over_kafka_gives_one_person(
    directory: Running, settings: ServiceSettings
) -> None:
    versions = [record(version=n, phone=f"060-{n}") for n in range(1, 8)] * 3
    random.Random(7).shuffle(versions)
    await publish(settings, staff_topic("csn"), *versions, record("last"))
    await eventually(lambda: person(directory, "last"))
    found = await person(directory)
    assert found
    assert found["phone"] == "060-7"
    assert found["feed_version"] == json.loads(found["record"])["version"] == 7


async def test_each_record_over_http_gets_its_own_answer_in_order(directory: Running) -> None:
    headers = await token(directory, "csn", "staff:write")
    await send(directory, headers, record(version=5))
    answer = await send(
        directory,
        headers,
        record(version=5),
        record(version=4),
        record(version=5, phone="060-9"),
        record(version=6, phone="060-9"),
        {"employee_id": "e2", "version": "1", "status": "gone", "telephone": "1"},
        record("e3", given_name="Ö"),
        {"employee_id": "e4", "version": 1, "status": "active", "given_name": "A\u0000", "family_name": "B"},
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["result"] for each in results] == [
        "unchanged", "stale", "refused", "applied", "refused", "applied", "refused",
    ]  # fmt: skip
    named = {problem["field"] for problem in results[4]["problems"]}
    assert named == {"version", "status", "telephone"}
    assert results[6]["problems"][0]["field"] == "given_name"
    assert (await person(directory) or {})["phone"] == "060-9"


async def test_a_token_writes_for_its_own_agency_and_needs_the_scope(directory: Running) -> None:
    await send(directory, await token(directory, "spv", "staff:write"), record())
    assert await person(directory, agency="spv")
    assert not await person(directory, agency="csn")
    refused = await send(directory, await token(directory, "csn", "directory:read"), record())
    assert refused.status_code == 403
    assert (await send(directory, {}, record())).status_code == 401


async def test_bad_records_are_parked_and_the_good_beside_them_go_through(
    directory: Running, settings: ServiceSettings
) -> None:
    def event(key: str, **data: Any) -> tuple[str, bytes]:
        values = json.loads(record(key).model_dump_json(by_alias=True))
        envelope = {
            "specversion": "1.0",
            "id": "1",
            "source": "https://hr.csn.example/export",
            "type": "staff.record.changed.v1",
            "subject": key,
            "time": "2026-11-23T08:00:00Z",
            "data": {**values, **data},
        }
        return key, json.dumps(envelope).encode()

    good = event("good")
    await produce(
        settings,
        "staff.csn",
        [
            ("junk", b"\xff\xfe"),
            event("negative", version=-1),
            event("unknown-field", telephone="060-1"),
            event("control", family_name="Å\x07berg"),
            (None, event("no-key")[1]),
            ("other-key", event("that-key")[1]),
            event("big", title="x" * 300),
            good,
            event("good", version=0),
        ],
    )
    await eventually(lambda: person(directory, "good"))
    parked = await eventually(
        lambda: messages(settings, parked_topic("directory")), until=lambda found: len(found) == 8
    )
    reasons = {(message.data.key, message.data.reason) for message in parked}
    assert ("control", "data.family_name has a control character (U+0007), which is not allowed") in reasons
    assert ("unknown-field", "data.telephone is not a field of this message") in reasons
    assert (None, "the record has no key") in reasons
    assert ("other-key", "the record's key is not data.employee_id") in reasons
    assert ("good", "version 0 is older than 1, which is known already") in reasons
    assert len(await directory.mongo.db.people.find({"agency": "csn"}).to_list(None)) == 1


async def test_who_sends_its_whole_past_anew_is_told_of_each_record_and_nothing_changes(
    directory: Running, settings: ServiceSettings
) -> None:
    many = [f"e{number}" for number in range(200)]
    await publish(settings, staff_topic("csn"), *(record(one, 2, title="Ny") for one in many))
    await eventually(lambda: directory.mongo.db.people.count_documents({}), until=lambda count: count == 200)
    await publish(settings, staff_topic("csn"), *(record(one, 1, title="Gammal") for one in many))
    parked = directory.mongo.db.parked
    await eventually(lambda: parked.count_documents({}), until=lambda count: count == 200)
    assert await parked.distinct("reason") == ["version 1 is older than 2, which is known already"]
    assert sorted(await parked.distinct("key")) == sorted(one.encode() for one in many)
    told = await eventually(
        lambda: messages(settings, parked_topic("directory")), until=lambda found: len(found) == 200
    )
    assert {message.data.key for message in told} == set(many)
    assert await directory.mongo.db.people.distinct("title") == ["Ny"]


async def test_a_topic_of_no_agency_is_parked_whole(directory: Running, settings: ServiceSettings) -> None:
    from shared.kafka import clients as kafka

    topic = staff_topic("okand")
    await kafka.create_topics(settings, [topic])
    await publish(settings, topic, record())
    parked = await eventually(lambda: messages(settings, parked_topic("directory")))
    assert parked[0].data.reason == "there is no agency okand in the network"


async def test_a_leaver_keeps_the_name_and_loses_the_contact_details(
    directory: Running, settings: ServiceSettings
) -> None:
    await publish(settings, staff_topic("csn"), record())
    await eventually(lambda: latest(settings, DIRECTORY_PEOPLE))
    await publish(settings, staff_topic("csn"), record(version=2, status="left"))
    heard = await eventually(
        lambda: latest(settings, DIRECTORY_PEOPLE),
        until=lambda found: found and all(each.status == "left" for each in found.values()),
    )
    gone = heard[person_id("csn", "e1")]
    assert (gone.display_name, gone.phone, gone.email) == ("Åsa Öberg", "", None)
    await publish(settings, staff_topic("csn"), record(version=3))
    await eventually(
        lambda: latest(settings, DIRECTORY_PEOPLE),
        until=lambda found: all(each.status == "active" and each.phone for each in found.values()),
    )


async def test_a_protected_person_reaches_no_topic_but_their_agencys(
    directory: Running, settings: ServiceSettings
) -> None:
    hidden = record("hidden", family_name=MARKER, protected=True)
    unsaid = record("unsaid", family_name=MARKER, protected=None)
    later = record("later", family_name="Öppen")
    topic = staff_topic("csn")
    await publish(settings, topic, hidden, unsaid, later)
    await eventually(lambda: latest(settings, DIRECTORY_PEOPLE))
    await publish(settings, topic, record("later", 2, family_name=MARKER, protected=True), record("end"))
    heard = await eventually(
        lambda: latest(settings, DIRECTORY_PEOPLE), until=lambda found: person_id("csn", "end") in found
    )
    assert heard[person_id("csn", "later")].deleted
    assert set(heard) == {person_id("csn", "later"), person_id("csn", "end")}
    for name in (DIRECTORY_PEOPLE.name, "directory.parked", "notify.requests", "directory.groups"):
        assert not any(MARKER.encode() in (each.value or b"") for each in await records(settings, name))
    # More about somebody hidden is nobody's business either.
    before = len(await messages(settings, DIRECTORY_PEOPLE))
    await publish(settings, topic, record("later", 3, family_name=MARKER, phone="060-3", protected=True))
    await publish(settings, topic, record("end", 2, phone="060-4"))
    await eventually(lambda: messages(settings, DIRECTORY_PEOPLE), until=lambda found: len(found) > before)
    assert len(await messages(settings, DIRECTORY_PEOPLE)) == before + 1


async def test_what_a_person_wrote_survives_their_agencys_next_record(directory: Running) -> None:
    headers = await token(directory, "csn", "staff:write")
    await send(directory, headers, record())
    id_ = person_id("csn", "e1")
    await directory.mongo.transact(
        lambda tx: people.write_own(tx, id_, {"phone": "070-1"}, Author("person"), NOW)
    )
    await send(directory, headers, record(version=2, phone="060-2", unit="Inköp"))
    found = await person(directory) or {}
    assert (found["phone"], found["unit"]) == ("070-1", "Inköp")
    await directory.mongo.transact(
        lambda tx: people.write_own(tx, id_, {"phone": None}, Author("person"), NOW)
    )
    assert (await person(directory) or {})["phone"] == "060-2"


async def test_a_word_mapped_later_counts_for_those_already_here(directory: Running) -> None:
    headers = await token(directory, "csn", "staff:write")
    await send(directory, headers, record(title="", roles=("Anskaffare",)))
    assert (await person(directory) or {})["unmapped"] == ["Anskaffare"]
    from services.directory.agencies.handlers.agencies import map_word

    await directory.mongo.transact(lambda tx: map_word(tx, "csn", "anskaffare", "upphandlare"))
    found = await eventually(lambda: person(directory), until=lambda p: p and p["roles"])
    assert [held["code"] for held in (found or {})["roles"]] == ["upphandlare"]


async def test_an_agency_that_declares_its_feed_opens_its_people(directory: Running) -> None:
    from services.directory.agencies.handlers.agencies import change_agency, load_agency

    async def declare(tx: Transaction, protection: str) -> None:
        await change_agency(tx, await load_agency(tx, "csn"), {"protection": protection})

    await directory.mongo.transact(lambda tx: declare(tx, "undeclared"))
    headers = await token(directory, "csn", "staff:write")
    await send(directory, headers, record())
    assert (await person(directory) or {})["protected"]
    await directory.mongo.transact(lambda tx: declare(tx, "carried"))
    await eventually(lambda: person(directory), until=lambda found: found and not found["protected"])
