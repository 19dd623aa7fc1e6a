"""The promises of shared/: consumer, outbox, copies, parking."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import APIRouter
from pymongo import IndexModel

from shared.consuming.incoming import Incoming
from shared.consuming.redriving import redrive
from shared.consuming.states import Copy, Source, from_document, republish
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Person
from shared.contracts.envelope import Trace, encode
from shared.contracts.topics import DIRECTORY_PEOPLE, EVENTS_ATTENDANCE, parked_topic, staff_topic
from shared.contracts.types import Gone
from shared.mongo import Mongo, Transaction
from shared.publishing import outbox
from shared.service import Spec
from shared.settings import ServiceSettings
from tests.harness import (
    Running,
    a_person,
    eventually,
    latest,
    messages,
    produce,
    publish,
    records,
    running,
)

PEOPLE = Copy(DIRECTORY_PEOPLE, Person)


async def count(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    """Keep a copy, count what was new, and fail where the test says so."""
    for change in await PEOPLE.apply(tx, batch):
        if change.after and change.after.given_name == "Trasig":
            raise ZeroDivisionError
        await tx.db.counts.update_one(
            {"_id": change.id}, {"$inc": {"changes": 1}}, upsert=True, session=tx.session
        )


def spec(**changes: object) -> Spec:
    plain = Spec(
        name="events",
        description="a service for the tests of the runtime",
        indexes={"people": [], "counts": [], "things": [IndexModel("gone_at")]},
        subscriptions=(Subscription(DIRECTORY_PEOPLE, count),),
        routers=(APIRouter(),),
    )
    return replace(plain, **changes)


def start(settings: ServiceSettings, **changes: object) -> AbstractAsyncContextManager[Running]:
    return running(spec(**changes), settings)


async def people(service: Running) -> dict[str, int]:
    return {d["_id"]: d["version"] async for d in service.mongo.db.people.find().hint("_id_")}


async def changes(service: Running) -> dict[str, int]:
    return {d["_id"]: d["changes"] async for d in service.mongo.db.counts.find().hint("_id_")}


async def test_a_copy_keeps_the_newest_version_whatever_the_order(settings: ServiceSettings) -> None:
    person = a_person()
    older = person.model_copy(update={"version": 3, "phone": "1"})
    newer = person.model_copy(update={"version": 4, "phone": "2"})
    async with start(settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, newer)
        await eventually(lambda: people(service), until=lambda have: have == {person.id: 4})
        marker = a_person()
        await publish(settings, DIRECTORY_PEOPLE, older, newer, marker)
        await eventually(lambda: people(service), until=lambda have: marker.id in have)
        assert (await people(service))[person.id] == 4
        assert (await changes(service))[person.id] == 1


async def test_a_gone_person_leaves_nothing_but_a_marker(settings: ServiceSettings) -> None:
    person = a_person()
    async with start(settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, person, Gone(id=person.id, version=2))
        await eventually(lambda: people(service), until=lambda have: have == {person.id: 2})
        kept = await service.mongo.db.people.find_one({"_id": person.id})
        assert kept == {"_id": person.id, "version": 2, "deleted": True}


async def test_a_restart_goes_on_where_the_transaction_left_off(settings: ServiceSettings) -> None:
    first, second = a_person(), a_person()
    async with start(settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, first)
        await eventually(lambda: people(service))
    await publish(settings, DIRECTORY_PEOPLE, second)
    async with start(settings) as service:
        await eventually(lambda: changes(service), until=lambda have: have == {first.id: 1, second.id: 1})


async def test_a_cursor_set_back_is_followed_and_repeats_no_effect(settings: ServiceSettings) -> None:
    everybody = [a_person() for _ in range(20)]
    async with start(settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *everybody)
        await eventually(lambda: changes(service), until=lambda have: len(have) == 20)
        async for cursor in service.mongo.db.cursors.find().hint("_id_"):
            await service.mongo.db.cursors.update_one({"_id": cursor["_id"]}, {"$set": {"next": 0}})
        late = [a_person() for _ in range(5)]
        await publish(settings, DIRECTORY_PEOPLE, *late)
        found = await eventually(lambda: changes(service), until=lambda have: len(have) == 25)
        assert set(found.values()) == {1}


async def test_who_sends_much_waits_while_much_waits_for_kafka(settings: ServiceSettings) -> None:
    many = [a_person() for _ in range(3_000)]
    await publish(settings, DIRECTORY_PEOPLE, *many)
    mongo = Mongo(settings, "events")
    nobodys = [{"shard": 99, "key": str(number), "version": 1} for number in range(2_000)]
    await mongo.db.outbox.insert_many(nobodys)
    mongo.close()
    async with start(settings) as service:
        await asyncio.sleep(1.5)
        waited = await people(service)
        await service.mongo.db.outbox.delete_many({"shard": 99})
        everybody = {"_id": {"$in": [person.id for person in many]}}
        await eventually(
            lambda: service.mongo.db.people.count_documents(everybody),
            within=60,
            until=lambda have: have == len(many),
        )
        await service.mongo.db.outbox.insert_many(nobodys)
        one = a_person()
        await publish(settings, DIRECTORY_PEOPLE, one)
        await eventually(lambda: people(service), until=lambda have: one.id in have)
    assert not waited


async def test_bad_records_are_parked_with_a_reason_and_hold_up_nobody(settings: ServiceSettings) -> None:
    good = a_person()
    whole = encode(
        message_id="1",
        source="/directory",
        kind=DIRECTORY_PEOPLE.type,
        subject=good.id,
        data=good,
        trace=Trace("c"),
        now=datetime.now(UTC),
    )
    bad = {
        "not-json": b"{",
        "not-utf8": b'{"specversion": "\xff"}',
        "not-an-event": b'{"hello": "world"}',
        "deep": b"[" * 10_000,
        "control": whole.replace("Åsa".encode(), b"\\u0000sa"),
        "text-version": whole.replace(b'"version":1', b'"version":"1"'),
        "other-type": whole.replace(b"person.changed.v1", b"person.vanished.v9"),
        "dollar": whole.replace(b'"display_name"', b'"$where"'),
    }
    async with start(settings) as service:
        await produce(settings, "directory.people", [*bad.items(), ("x", None), (good.id, whole)])
        await eventually(lambda: people(service), until=lambda have: have == {good.id: 1})
        parked = await eventually(
            lambda: messages(settings, parked_topic("events")), until=lambda found: len(found) == len(bad)
        )
        reasons = {message.data.key: message.data.reason for message in parked}
        assert set(reasons) == {*bad}
        assert reasons["text-version"] == "data.version input should be a valid integer"
        assert "data.display_name is missing" in reasons["dollar"]
        assert "given_name" in reasons["control"]
        assert "sa" not in reasons["control"].replace("has", "").split()
        assert not service.service.health.problems()


async def test_a_key_that_fails_waits_alone_and_in_order(settings: ServiceSettings) -> None:
    poison = a_person(given_name="Trasig")
    after = poison.model_copy(update={"version": 2})
    others = [a_person() for _ in range(30)]
    async with start(settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *others[:15], poison, *others[15:], after)
        await eventually(lambda: people(service), until=lambda have: len(have) == 30)
        waiting = await eventually(
            lambda: service.mongo.db.parked.find({"topic": "directory.people"}).to_list(None),
            until=lambda found: len(found) == 2,
        )
        assert {document["kind"] for document in waiting} == {"failed"}
        assert poison.id not in await people(service)

        seen: list[int] = []

        async def mended(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
            seen.extend(incoming.data.version for incoming in batch)
            await PEOPLE.apply(tx, batch)

        partition = waiting[0]["partition"]
        subscription = Subscription(DIRECTORY_PEOPLE, mended)
        redriven = await redrive(
            service.mongo, subscription, "directory.people", partition, poison.id.encode()
        )
        assert (redriven, seen) == (2, [1, 2])
        assert (await people(service))[poison.id] == 2
        assert not await service.mongo.db.parked.find({"topic": "directory.people"}).to_list(None)


async def test_what_a_transaction_announces_arrives_once_and_in_order(settings: ServiceSettings) -> None:
    async with start(settings) as service:
        for version in range(1, 30):

            async def change(tx: Transaction, version: int = version) -> None:
                outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id="m/p", version=version))

            await service.mongo.transact(change)
        found = await eventually(
            lambda: messages(settings, EVENTS_ATTENDANCE), until=lambda found: len(found) >= 29
        )
        assert [message.data.version for message in found] == list(range(1, 30))
        # Rows go after Kafka has them, so that a crash between repeats and never loses.
        rows = service.mongo.db.outbox
        await eventually(lambda: rows.find_one({"shard": 0}), until=lambda row: row is None)


async def test_what_a_failed_transaction_announced_is_never_heard(settings: ServiceSettings) -> None:
    async def fail(tx: Transaction) -> None:
        outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id="never", version=1))
        raise ZeroDivisionError

    async def succeed(tx: Transaction) -> None:
        outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id="heard", version=1))

    async with start(settings) as service:
        results = await asyncio.gather(
            service.mongo.transact(fail), service.mongo.transact(succeed), return_exceptions=True
        )
        assert isinstance(results[0], ZeroDivisionError)
        heard = await eventually(lambda: latest(settings, EVENTS_ATTENDANCE))
        assert set(heard) == {"heard"}


async def test_two_relays_lose_and_reorder_nothing_while_many_write(settings: ServiceSettings) -> None:
    async def write(service: Running, key: int, version: int) -> None:
        async def change(tx: Transaction) -> None:
            found = await tx.db.things.find_one_and_update(
                {"_id": str(key)}, {"$inc": {"version": 1}}, upsert=True, session=tx.session
            )
            at = (found or {"version": 0})["version"] + 1
            outbox.announce(tx, EVENTS_ATTENDANCE, Gone(id=str(key), version=at))

        await service.mongo.transact(change)

    async with start(settings) as one, start(settings) as two:
        await asyncio.gather(*(write((one, two)[n % 2], n % 25, n) for n in range(500)))
        found = await eventually(
            lambda: messages(settings, EVENTS_ATTENDANCE), until=lambda found: len(found) >= 500
        )
        by_key: dict[str, list[int]] = {}
        for message in found:
            by_key.setdefault(message.data.id, []).append(message.data.version)
        assert all(versions == list(range(1, 21)) for versions in by_key.values())
        assert len(by_key) == 25


async def test_republish_announces_every_entity_again(settings: ServiceSettings) -> None:
    def state(document: dict[str, object]) -> Person:
        return from_document(Person, document)

    source = Source(DIRECTORY_PEOPLE, "things", state)
    everybody = [a_person() for _ in range(700)]
    async with start(settings) as service:
        documents = [{**p.model_dump(exclude={"id"}), "_id": p.id} for p in everybody]
        await service.mongo.db.things.insert_many(documents)
        assert [done async for done in republish(service.mongo, source)] == [500, 700]
        heard = await eventually(
            lambda: latest(settings, DIRECTORY_PEOPLE), until=lambda found: len(found) == 700
        )
        assert heard == {person.id: person for person in everybody}


async def test_a_topic_of_a_new_agency_is_followed_within_seconds(settings: ServiceSettings) -> None:
    from shared.contracts.staff import StaffRecord
    from shared.kafka import clients as kafka

    seen: list[str] = []

    async def take(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
        seen.extend(incoming.agency for incoming in batch)
        await tx.db.counts.update_one({"_id": "x"}, {"$inc": {"n": 1}}, upsert=True, session=tx.session)

    async def heard() -> list[str]:
        return seen

    topic = staff_topic("tionde-verket")
    record = StaffRecord(employee_id="e1", version=1, status="active", given_name="Å", family_name="Ö")
    async with start(settings, subscriptions=(Subscription(None, take),)):
        await kafka.create_topics(settings, [topic])
        await publish(settings, topic, record)
        await eventually(heard, within=10)
        assert set(seen) == {"tionde-verket"}
        assert len(await records(settings, topic.name)) == 1
