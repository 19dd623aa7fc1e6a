"""What is written: an entry an act, in the transaction of the act, so that neither is without the other.

Nothing here ever changes or removes an entry. `audit_pending` holds those that wait for their seal
(shared/audit/sealing.py); `audit` and `audit_seals` are only ever added to.

An entry names the person whom it is about by an alias that leads to them through `audit_people`. Erased, they
are taken out of there, and the entry is about nobody that anybody can tell; its hash is what it was.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import uuid_utils
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from shared.audit import actors
from shared.moments import now_ms
from shared.mongo import Database, Document, Indexes, Mongo, Transaction
from shared.observing import trace

IN_ORDER = "in order"
INDEXES: Indexes = {
    "audit_pending": [],
    "audit": [
        IndexModel([("batch", ASCENDING), ("place", ASCENDING)], name=IN_ORDER),
        IndexModel([("agency", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("person", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
    ],
    "audit_seals": [],
    "audit_people": [IndexModel("alias")],
}
# The one whose erasure takes people out of `audit_people`.
_ERASES = "directory"
Detail = str | int | bool | None | Sequence[str]


async def record(
    tx: Transaction, act: str, *, agency: str, thing: str = "", person: str | None = None, **details: Detail
) -> None:
    """`act` is `noun.verb_past`, `agency` the one whose affair it is, `thing` what it was done to as
    `noun/id`, `person` whom it was done to. `details` hold neither names nor what people wrote: they stay
    after an erasure.

    Raises:
        ValueError: another service than the directory says whom it was done to.

    """
    if person and tx.sender.service != _ERASES:
        raise ValueError(f"{tx.sender.service} writes of a person whom no erasure would take out of there")
    by = actors.current()
    who = {**by.towards(person), **({"service": tx.sender.service} if by.kind == "service" else {})}
    entry = {
        "_id": str(uuid_utils.uuid7()),
        "at": now_ms(datetime.now(UTC)),
        "act": act,
        "agency": agency,
        "by": who,
        "thing": thing,
        "person": await _alias(tx, person) if person else None,
        "details": {name: _plain(value) for name, value in details.items()},
        "correlation": trace.current().correlation,
    }
    await tx.db.audit_pending.insert_one(entry, session=tx.session)


def _plain(value: Detail) -> str | int | list[str] | None:
    return value if value is None or isinstance(value, str | int) else list(value)


async def record_reading(mongo: Mongo, act: str, **said: Any) -> None:
    """The same for what changes nothing: call before it is shown."""
    await mongo.transact(partial(record, act=act, **said))


async def _alias(tx: Transaction, person: str) -> str:
    found = await tx.db.audit_people.find_one_and_update(
        {"_id": person},
        {"$setOnInsert": {"alias": str(uuid.uuid4())}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )
    return found["alias"]


async def people_behind(db: Database, aliases: Sequence[str]) -> dict[str, str]:
    """Alias to person id, of those who are not erased."""
    found = db.audit_people.find({"alias": {"$in": sorted(set(aliases))}})
    return {row["alias"]: row["_id"] async for row in found}


async def about(db: Database, person: str) -> list[Document]:
    """Everything sealed that is about them, the latest first."""
    known = await db.audit_people.find_one({"_id": person})
    if known is None:
        return []
    return await db.audit.find({"person": known["alias"]}).sort(_LATEST_FIRST).to_list(None)


async def of_agency(db: Database, agency: str, portion: int) -> AsyncIterator[list[Document]]:
    """Everything sealed that is its affair, the latest first, with person ids in place of aliases."""
    rows: list[Document] = []
    async for row in db.audit.find({"agency": agency}).sort(_LATEST_FIRST):
        rows.append(row)
        if len(rows) == portion:
            yield await _with_people(db, rows)
            rows = []
    if rows:
        yield await _with_people(db, rows)


async def _with_people(db: Database, rows: list[Document]) -> list[Document]:
    known = await people_behind(db, [row["person"] for row in rows if row["person"]])
    return [{**row, "person": known.get(row["person"])} for row in rows]


class Wanted(NamedTuple):
    """Which entries; `since` counts in, `until` does not."""

    agency: str
    act: str | None = None
    person: str | None = None
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(db: Database, wanted: Wanted, offset: int, limit: int) -> list[Document]:
    """Sealed ones, the latest first, with person ids in place of aliases."""
    query: Document = {"agency": wanted.agency}
    if wanted.act is not None:
        query["act"] = wanted.act
    if wanted.by is not None:
        query["by.person_id"] = wanted.by
    if wanted.person is not None:
        known = await db.audit_people.find_one({"_id": wanted.person})
        if known is None:
            return []
        query["person"] = known["alias"]
    span = {"$gte": wanted.since, "$lt": wanted.until}
    if given := {name: value for name, value in span.items() if value is not None}:
        query["at"] = given
    found = db.audit.find(query).sort(_LATEST_FIRST).skip(offset).limit(limit)
    return await _with_people(db, await found.to_list(limit))


_LATEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]
