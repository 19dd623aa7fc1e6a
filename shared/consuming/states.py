"""State topics from both ends: copies of others' entities, and announcing one's own again."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from pymongo import DeleteOne, ReplaceOne

from shared.consuming.incoming import Incoming
from shared.contracts.envelope import Trace
from shared.contracts.topics import Topic
from shared.contracts.types import Gone, State
from shared.mongo import Database, Document, Mongo, Transaction
from shared.publishing import outbox
from shared.running.turns import fairly

Model = TypeVar("Model", bound=BaseModel)
Entity = TypeVar("Entity", bound=State)

TOMBSTONE_AFTER = timedelta(days=7)


def to_document(entity: State | Gone) -> Document:
    # Why something is gone is of no use once it is.
    document = entity.model_dump(exclude={"reason"} if isinstance(entity, Gone) else None)
    document["_id"] = document.pop("id")
    return document


def from_document(model: type[Model], document: Document) -> Model:
    """The document as the model; days come back from text."""
    return model.model_validate({**document, "id": document["_id"]}, strict=False)


@dataclass(frozen=True, slots=True)
class Change(Generic[Entity]):
    """What a newer message did to a copy; None where others may not, or no longer, see the entity. `erased`:
    nothing at all is to be left of it.
    """

    id: str
    before: Entity | None
    after: Entity | None
    trace: Trace
    erased: bool = False


class Copy(Generic[Entity]):
    """A service's own copy of another's entities: the highest version of each; gone ones as bare markers,
    erased ones not at all: an id may be a person's, and what comes after is newer in any case.
    `model` says what the service needs of what the topic tells, under the same names; nothing else is kept.
    """

    def __init__(self, topic: Topic, model: type[Entity]) -> None:
        self.topic = topic
        self.collection = topic.noun
        self.model = model

    def beside(self, collection: str) -> "Copy[Entity]":
        """The same in another collection."""
        other = Copy(self.topic, self.model)
        other.collection = collection
        return other

    def kept(self, entity: State | Gone) -> Entity | Gone:
        """What the service keeps of what was announced."""
        if isinstance(entity, Gone) or type(entity) is self.model:
            return entity  # pyright: ignore[reportReturnType] - of exactly that type
        return self.model.model_validate(entity, from_attributes=True)

    async def apply(self, tx: Transaction, batch: Sequence[Incoming[Any]]) -> list[Change[Entity]]:
        """Take in what is newer; returns the changes by order of arrival, one per id. Idempotent."""
        newest: dict[str, Incoming[Any]] = {}
        for incoming in batch:
            known = newest.get(incoming.data.id)
            if known is None or incoming.data.version > known.data.version:
                newest[incoming.data.id] = incoming
        have = await self._load(tx, list(newest))
        fresh = [
            (self.kept(m.data), m.trace)
            for id_, m in newest.items()
            if id_ not in have or have[id_]["version"] < m.data.version
        ]
        if fresh:
            await tx.db[self.collection].bulk_write(
                [_written(entity) async for entity, _ in fairly(fresh)],
                ordered=False,
                session=tx.session,
            )
        return [
            Change(
                entity.id,
                self._seen(have.get(entity.id)),
                None if isinstance(entity, Gone) else entity,
                trace,
                is_erased(entity),
            )
            async for entity, trace in fairly(fresh)
        ]

    async def _load(self, tx: Transaction, ids: list[str]) -> dict[str, Document]:
        found = tx.db[self.collection].find({"_id": {"$in": ids}}, session=tx.session)
        return {document["_id"]: document for document in await found.to_list(None)}

    def _seen(self, document: Document | None) -> Entity | None:
        return None if document is None or document["deleted"] else from_document(self.model, document)


def is_erased(entity: State | Gone) -> bool:
    return isinstance(entity, Gone) and entity.reason == "erased"


def _written(entity: State | Gone) -> DeleteOne | ReplaceOne[Document]:
    if is_erased(entity):
        return DeleteOne({"_id": entity.id})
    return ReplaceOne({"_id": entity.id}, to_document(entity), upsert=True)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a service's own state topic comes from; `state` gives a Gone for what others may not see, and
    None for what they never saw.
    """

    topic: Topic
    collection: str
    state: Callable[[Document], State | Gone | None]


async def about_how_many(mongo: Mongo, source: Source) -> int:
    """Entities that `republish` would go through, from the server's own records: nothing is counted."""
    return await mongo.db[source.collection].estimated_document_count()


async def republish(mongo: Mongo, source: Source) -> AsyncIterator[int]:
    """Announce every entity again under its present version; yields how many so far. Harmless at any time:
    each is written too, so that a change that happens meanwhile can't be overtaken by an older state.
    """
    done, last = 0, ""
    while True:

        async def work(tx: Transaction, after: str = last) -> list[str]:
            found = tx.db[source.collection].find({"_id": {"$gt": after}}, session=tx.session).sort("_id", 1)
            documents = await found.to_list(500)
            await announce_again(tx, source, documents)
            return [document["_id"] for document in documents]

        ids = await mongo.transact(work)
        if not ids:
            return
        done, last = done + len(ids), ids[-1]
        yield done


async def announce_again(tx: Transaction, source: Source, documents: Sequence[Document]) -> None:
    """Announce these under their present versions. Each is written too, so that a change at the same moment
    comes after it.
    """
    await _touch(tx, source.collection, [document["_id"] for document in documents], "republished_at")
    for document in documents:
        if (state := source.state(document)) is not None:
            outbox.announce(tx, source.topic, state)


async def bury(mongo: Mongo, source: Source, now: datetime) -> int:
    """Send the tombstones of what has been gone for seven days; returns how many."""

    async def work(tx: Transaction) -> int:
        due = {"gone_at": {"$lt": now - TOMBSTONE_AFTER}}
        documents = await tx.db[source.collection].find(due, session=tx.session).limit(500).to_list(500)
        await _touch(tx, source.collection, [d["_id"] for d in documents], "buried_at", unset="gone_at")
        for document in documents:
            if isinstance(source.state(document), Gone):
                outbox.tombstone(tx, source.topic, document["_id"], document["version"])
        return len(documents)

    return await mongo.transact(work)


async def _touch(tx: Transaction, collection: str, ids: Iterable[str], field: str, unset: str = "") -> None:
    change: dict[str, Any] = {"$set": {field: datetime.now(UTC)}}
    if unset:
        change["$unset"] = {unset: ""}
    await tx.db[collection].update_many({"_id": {"$in": list(ids)}}, change, session=tx.session)


async def find_one(db: Database, collection: str, model: type[Model], id_: str) -> Model | None:
    """One entity of a copy, unless it is gone."""
    document = await db[collection].find_one({"_id": id_, "deleted": False})
    return from_document(model, document) if document else None
