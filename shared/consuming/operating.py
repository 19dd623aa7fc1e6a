"""What a service could not handle: what there is, one record, and handling it again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from shared.audit import entries as audit
from shared.consuming import redriving
from shared.consuming.subscriptions import Subscription
from shared.errors import CommandRefused
from shared.mongo import Database, Document, Mongo
from shared.observing.metrics import MOST


@dataclass(frozen=True, slots=True)
class Group:
    """Records that were parked for the same reason. It holds no personal data; keys may, so none is here."""

    service: str
    topic: str
    kind: str
    reason: str
    records: int
    keys: int
    first: str
    """A record of it: topic/partition/offset."""
    since: datetime
    until: datetime


class Queue(NamedTuple):
    """One key's records, all of which wait behind the first."""

    topic: str
    partition: int
    key: bytes
    first: str
    records: int


@dataclass(frozen=True, slots=True)
class Outcome:
    first: str
    records: int
    error: str = ""
    """Why it fails still: nothing of it was done, and it waits as before."""


async def groups(db: Database, service: str, topic: str = "", kind: str = "") -> list[Group]:
    """The largest first, of up to 10,000 records."""
    stages: list[Document] = [
        {"$match": _wanted(topic, kind)},
        {"$limit": MOST},
        {"$project": {"value": 0}},
        {"$sort": {"partition": 1, "offset": 1}},
        {
            "$group": {
                "_id": {"topic": "$topic", "kind": "$kind", "reason": "$reason"},
                "records": {"$sum": 1},
                "keys": {"$addToSet": "$key"},
                "first": {"$first": "$_id"},
                "since": {"$min": "$at"},
                "until": {"$max": "$at"},
            }
        },
        {"$set": {"keys": {"$size": "$keys"}}},
        {"$sort": {"records": -1, "_id": 1}},
    ]
    return [Group(service, **found.pop("_id"), **found) async for found in db.parked.aggregate(stages)]


async def one(db: Database, record: str) -> Document:
    """
    Raises:
        CommandRefused: there is no such record, or no longer.

    """
    found = await db.parked.find_one({"_id": record})
    if found is None:
        raise CommandRefused(f"No record {record} is parked here.")
    return found


async def log_reading(mongo: Mongo, record: str) -> None:
    """Somebody sees what is inside. Written before they do; an agency's own record is its affair."""
    feed, _, agency = record.split("/", maxsplit=1)[0].partition(".")
    affair = agency if feed == "staff" else ""
    await audit.record_reading(mongo, "parked_record.read", agency=affair, thing=f"parked-record/{record}")


async def queues(db: Database, topic: str = "", record: str = "") -> list[Queue]:
    """What can be handled again, in the order of arrival. A record stands for the whole key: its records may
    not pass each other.
    """
    wanted = _wanted(topic, "failed")
    if record:
        found = await one(db, record)
        wanted |= {"topic": found["topic"], "partition": found["partition"], "key": found["key"]}
    stages: list[Document] = [
        {"$match": wanted},
        {"$project": {"value": 0}},
        {"$sort": {"offset": 1}},
        {
            "$group": {
                "_id": {"topic": "$topic", "partition": "$partition", "key": "$key"},
                "first": {"$first": "$_id"},
                "offset": {"$first": "$offset"},
                "records": {"$sum": 1},
            }
        },
        {"$sort": {"_id.topic": 1, "_id.partition": 1, "offset": 1}},
    ]
    return [
        Queue(**waiting["_id"], first=waiting["first"], records=waiting["records"])
        async for waiting in db.parked.aggregate(stages, allowDiskUse=True)
    ]


async def redrive(
    mongo: Mongo, subscriptions: Sequence[Subscription], waiting: Sequence[Queue]
) -> AsyncIterator[Outcome]:
    """Each key's records in their order, a key a transaction. One that fails again stops nobody else."""
    for queue in waiting:
        subscription = next(s for s in subscriptions if re.fullmatch(s.pattern, queue.topic))
        done = 0
        try:
            # Again until none is left: the service may have parked one more behind these.
            while moved := await redriving.redrive(
                mongo, subscription, queue.topic, queue.partition, queue.key
            ):
                done += moved
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is what the operator asks for
            yield Outcome(queue.first, done, type(error).__name__)
        else:
            yield Outcome(queue.first, done)


def _wanted(topic: str, kind: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"topic": topic or {"$gt": ""}}
    return wanted | {"kind": kind} if kind else wanted
