"""Asking a service what it holds on somebody, as the directory does, and what is left of them in its database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import uuid_utils
from bson import json_util

from shared.contracts.envelope import Trace, encode
from shared.contracts.privacy import PrivacyAnswer, PrivacyRequest, RequestKind, Subject
from shared.contracts.topics import DIRECTORY_PEOPLE, DIRECTORY_PRIVACY, SERVICES, TOPICS, Topic
from shared.contracts.types import Gone
from shared.mongo import Database
from shared.privacy import sealing
from shared.settings import ServiceSettings
from tests.harness import eventually, messages, produce, publish

GONE_AT = 1_000


async def ask(
    settings: ServiceSettings, kind: RequestKind, agency: str, people: Sequence[str] = (), **fields: Any
) -> PrivacyRequest:
    """Erasures say first, as the directory does, that the people are gone."""
    if kind == "erasure":
        gone = [Gone(id=id_, version=GONE_AT, reason="erased") for id_ in people]
        await publish(settings, DIRECTORY_PEOPLE, *gone)
    request = PrivacyRequest(
        id=str(uuid_utils.uuid7()),
        version=1,
        kind=kind,
        agency=agency,
        people=tuple(Subject(id=id_, version=GONE_AT) for id_ in people),
        **fields,
    )
    await publish(settings, DIRECTORY_PRIVACY, request)
    return request


async def answer(settings: ServiceSettings, topic: Topic, request: PrivacyRequest) -> list[PrivacyAnswer]:
    """All its pieces, once the last has come."""

    async def look() -> list[PrivacyAnswer]:
        found = [message.data for message in await messages(settings, topic)]
        return [each for each in found if each.request_id == request.id]

    return await eventually(look, until=lambda found: any(each.last for each in found), within=30)


async def ask_and_wait(
    settings: ServiceSettings,
    topic: Topic,
    kind: RequestKind,
    agency: str,
    people: Sequence[str] = (),
    **fields: Any,
) -> PrivacyAnswer:
    request = await ask(settings, kind, agency, people, **fields)
    return (await answer(settings, topic, request))[-1]


async def exported(
    settings: ServiceSettings, topic: Topic, agency: str, people: Sequence[str], **fields: Any
) -> dict[str, list[Any]]:
    """What the service gives out, by class."""
    key = sealing.new_key()
    public = sealing.public_part(key)
    request = await ask(settings, "export", agency, people, key=public, **fields)
    pieces = await answer(settings, topic, request)
    rows: dict[str, list[Any]] = {each.name: [] for each in pieces[-1].classes}
    for name, row in sealing.unsealed([each.sealed for each in pieces if each.sealed], key):
        rows[name].append(row)
    return rows


def counted(told: PrivacyAnswer) -> dict[str, int]:
    return {each.name: each.records for each in told.classes if each.records}


# What waits for Kafka or was asked, which goes by being done.
_PASSING = {"outbox", "privacy", "erasures", "burials"}


async def left_of(db: Database, mark: str) -> list[str]:
    """Collections in which the mark still stands."""
    found: list[str] = []
    for name in sorted(set(await db.list_collection_names()) - _PASSING):
        rows = await db[name].find({"_id": {"$exists": True}}).hint("_id_").to_list(None)
        if mark in json_util.dumps(rows, ensure_ascii=False) or any(
            mark.encode() in _bytes(row) for row in rows
        ):
            found.append(name)
    return found


def _bytes(row: Any) -> bytes:
    return b"".join(value for value in row.values() if isinstance(value, bytes))


async def nothing_elsewhere(settings: ServiceSettings, db: Database) -> None:
    """The other services answer what the directory has asked because of a departure: they hold nothing."""

    async def asked() -> list[Any]:
        return await db.privacy_requests.find({"open": True}).to_list(None)

    for request in await eventually(asked, until=lambda found: any(each["whole"] for each in found)):
        for service in SERVICES[1:]:
            topic = TOPICS[f"{service}.privacy"]
            told = PrivacyAnswer(
                request_id=request["_id"],
                request_version=request["version"],
                attempt=str(uuid_utils.uuid7()),
                piece=0,
                last=True,
            )
            await say(settings, topic, told)


async def say(settings: ServiceSettings, topic: Topic, told: PrivacyAnswer) -> None:
    """An answer, as its service would give it."""
    value = encode(
        message_id=f"{told.attempt}.{told.piece}",
        source=f"/{topic.owner}",
        kind=topic.type,
        subject=told.request_id,
        data=told,
        trace=Trace(),
        now=datetime.now(UTC),
    )
    await produce(settings, topic.name, [(told.request_id, value)])
