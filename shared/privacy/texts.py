"""What people have written, where somebody's name may stand."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from shared.consuming.states import Source
from shared.contracts.privacy import Mention, Wanted
from shared.formats.contentlines import refolded, unfolded
from shared.mongo import Database, Document, Mongo, Transaction
from shared.privacy import burials, words
from shared.publishing import outbox

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Texts:
    """Fields of a collection in which people write, as paths. `source` is where its rows are announced, if
    they are; `derived` is what is made of the text, for searching; `forgets` are fields that hold the text
    once more and are made again when they are needed. With `drops` a field that names somebody is dropped as
    a whole; it may hold documents.
    """

    collection: str
    noun: str
    fields: tuple[str, ...]
    source: Source | None = None
    derived: Callable[[Document], Document] | None = None
    forgets: tuple[str, ...] = ()
    drops: bool = False


ANSWERS = Texts("idempotency", "request", ("answer",), drops=True)
"""Every service keeps the answers to others' requests for a day."""


def sources(places: Sequence[Texts]) -> list[Source]:
    """Where the states of these are announced."""
    return [each.source for each in places if each.source]


async def look(
    mongo: Mongo, places: Sequence[Texts], looked_for: Wanted, *, redact: bool
) -> tuple[Mention, ...]:
    """Where they are named; `redact` takes out what is surely their name."""
    found: list[Mention] = []
    for place in places:
        async for row in _naming(mongo.db, place, looked_for):
            if not place.drops:
                found += _mentions(place, row, looked_for, redact=redact)
            if redact:
                work = partial(_redact, place=place, row_id=row["_id"], looked_for=looked_for)
                await mongo.transact(work)
    return tuple(found)


async def _naming(db: Database, place: Texts, looked_for: Wanted) -> AsyncIterator[Document]:
    """In portions by id, so that no cursor stays open for long."""
    last = None
    while True:
        query = {} if last is None else {"_id": {"$gt": last}}
        shown = dict.fromkeys(place.fields, 1)
        rows = await db[place.collection].find(query, shown).sort("_id", 1).limit(_PORTION).to_list(_PORTION)
        for row in rows:
            if any(words.find(text, looked_for) for name in place.fields for text in _texts(row, name)):
                yield row
        if len(rows) < _PORTION:
            return
        last = rows[-1]["_id"]


def _texts(row: Document, name: str) -> list[str]:
    value = _value(row, name)
    return [unfolded(each) for each in _strings(value)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _value(row: Document, path: str) -> Any:
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _mentions(place: Texts, row: Document, looked_for: Wanted, *, redact: bool) -> list[Mention]:
    named = {
        name: [one for text in _texts(row, name) for one in words.find(text, looked_for)]
        for name in place.fields
    }
    return [
        Mention(
            thing=f"{place.noun}/{row['_id']}",
            field=name,
            redacted=redact and all(one.sure for one in found),
        )
        for name, found in named.items()
        if found
    ]


async def _redact(tx: Transaction, place: Texts, row_id: str, looked_for: Wanted) -> None:
    rows = tx.db[place.collection]
    row = await rows.find_one({"_id": row_id}, session=tx.session)
    if row is None:
        return
    if place.drops:
        dropped = {name: "" for name in place.fields if _surely_named(row, name, looked_for)}
        if dropped:
            await rows.update_one({"_id": row_id}, {"$unset": dropped}, session=tx.session)
        return
    changes = _changes(place, row, looked_for)
    if not changes:
        return
    if place.derived:
        changes |= place.derived({**row, **changes})
    if place.source:
        changes["version"] = row["version"] + 1
    change: Document = {"$set": changes}
    if place.forgets:
        change["$unset"] = dict.fromkeys(place.forgets, "")
    await rows.update_one({"_id": row_id}, change, session=tx.session)
    if place.source and (state := place.source.state({**row, **changes})) is not None:
        outbox.announce(tx, place.source.topic, state)
        await burials.repeat(tx, place.source, row["_id"], datetime.now(UTC))


def _surely_named(row: Document, name: str, looked_for: Wanted) -> bool:
    return any(one.sure for text in _texts(row, name) for one in words.find(text, looked_for))


def _changes(place: Texts, row: Document, looked_for: Wanted) -> Document:
    changes: Document = {}
    for name in place.fields:
        value = _value(row, name)
        if isinstance(value, list):
            after = [_redacted(each, looked_for) if isinstance(each, str) else each for each in value]
        else:
            after = _redacted(value, looked_for) if isinstance(value, str) else value
        if after != value:
            changes[name] = after
    return changes


def _redacted(text: str, looked_for: Wanted) -> str:
    """As it was, where there is nothing to take out."""
    plain = unfolded(text)
    after = words.redacted(plain, looked_for)
    if after == plain:
        return text
    return refolded(after)
