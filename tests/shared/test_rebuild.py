"""A copy built again is the same copy, and nobody is told anything again."""

import asyncio
from collections.abc import Sequence

import bson
import pytest
from fastapi import APIRouter
from pymongo import IndexModel

from shared.consuming.incoming import Incoming
from shared.consuming.rebuild import rebuild
from shared.consuming.states import Copy
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Person
from shared.contracts.notify import Request
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.contracts.types import Gone
from shared.errors import CommandRefused
from shared.mongo import Transaction
from shared.publishing import outbox
from shared.service import Spec
from shared.settings import ServiceSettings
from tests.harness import Running, a_person, eventually, messages, publish, running

PEOPLE = Copy(DIRECTORY_PEOPLE, Person)


async def welcome(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    for change in await PEOPLE.apply(tx, batch):
        if change.before is None and change.after:
            outbox.request(
                tx, Request(person_id=change.id, kind="test", subject="welcome", subject_version=1, data={})
            )


SPEC = Spec(
    name="events",
    description="a service that greets whoever is new",
    indexes={"people": [IndexModel("agency")]},
    subscriptions=(Subscription.keeping(PEOPLE, welcome),),
    routers=(APIRouter(),),
)


async def copy_of(service: Running) -> list[bytes]:
    found = await service.mongo.db.people.find().hint("_id_").sort("_id", 1).to_list(None)
    return [bson.encode(document) for document in found]


async def versions(service: Running) -> dict[str, int]:
    return {d["_id"]: d["version"] async for d in service.mongo.db.people.find().hint("_id_")}


async def rebuilt(settings: ServiceSettings, service: Running) -> None:
    async for _ in rebuild(settings, service.mongo, "events", PEOPLE, SPEC.indexes):
        pass


async def asked(settings: ServiceSettings) -> int:
    return len(await messages(settings, NOTIFY_REQUESTS))


def grown(person: Person, version: int) -> Person:
    return person.model_copy(update={"version": version, "phone": str(version)})


async def test_a_rebuilt_copy_is_the_same_byte_for_byte_and_tells_nobody_again(
    settings: ServiceSettings,
) -> None:
    people = [a_person() for _ in range(700)]
    async with running(SPEC, settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *people)
        await publish(settings, DIRECTORY_PEOPLE, *(grown(p, 2) for p in people[:300]))
        await publish(settings, DIRECTORY_PEOPLE, *(Gone(id=p.id, version=3) for p in people[:20]))
        expected = {p.id: 3 if n < 20 else 2 if n < 300 else 1 for n, p in enumerate(people)}
        await eventually(lambda: versions(service), until=lambda have: have == expected)
        await eventually(lambda: asked(settings), until=lambda count: count >= 680)
        before, told = await copy_of(service), await asked(settings)

        await service.mongo.db.people.update_one({"_id": people[50].id}, {"$set": {"phone": "wrong"}})
        await service.mongo.db.people.delete_one({"_id": people[51].id})
        await rebuilt(settings, service)

        assert await copy_of(service) == before
        assert "agency_1" in await service.mongo.db.people.index_information()
        newcomer = a_person()
        await publish(settings, DIRECTORY_PEOPLE, newcomer)
        await eventually(lambda: versions(service), until=lambda have: newcomer.id in have)
        await eventually(lambda: asked(settings), until=lambda count: count == told + 1)


async def test_what_comes_while_a_copy_is_rebuilt_is_in_it_and_told_once(settings: ServiceSettings) -> None:
    people = [a_person() for _ in range(600)]
    async with running(SPEC, settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *people[:300])
        await eventually(lambda: versions(service), until=lambda have: len(have) == 300)

        async def keep_coming() -> None:
            for start in range(300, 600, 20):
                await publish(settings, DIRECTORY_PEOPLE, *people[start : start + 20])
                await publish(
                    settings, DIRECTORY_PEOPLE, *(grown(p, 2) for p in people[start - 300 : start - 280])
                )

        coming = asyncio.create_task(keep_coming())
        while not coming.done():
            await rebuilt(settings, service)
        await coming

        expected = {p.id: 2 if n < 300 else 1 for n, p in enumerate(people)}
        await eventually(lambda: versions(service), until=lambda have: have == expected)
        await eventually(
            lambda: messages(settings, NOTIFY_REQUESTS),
            until=lambda found: {m.data.id for m in found} >= {request_of(p) for p in people},
        )
        assert {m.data.id for m in await messages(settings, NOTIFY_REQUESTS)} == {
            request_of(p) for p in people
        }


def request_of(person: Person) -> str:
    return Request(person_id=person.id, kind="test", subject="welcome", subject_version=1, data={}).id


async def test_nothing_is_rebuilt_past_a_record_that_waits_to_be_redriven(settings: ServiceSettings) -> None:
    async with running(SPEC, settings) as service:
        await service.mongo.db.parked.insert_one(
            {
                "_id": "x",
                "topic": DIRECTORY_PEOPLE.name,
                "partition": 0,
                "kind": "failed",
                "key": b"k",
                "offset": 0,
            }
        )
        with pytest.raises(CommandRefused, match="Redrive"):
            await rebuilt(settings, service)
