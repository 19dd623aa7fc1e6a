"""What a transaction announces, and the relay that brings it to Kafka.

A row is written with the change that it tells of, so that one never happens without the other. Delivery is at
least once and in order of version per key; readers drop what is not newer.
"""

import asyncio
import contextlib
from binascii import crc32
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic, time_ns

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from pydantic import BaseModel
from pymongo import ASCENDING, IndexModel
from pymongo.errors import PyMongoError

from shared import failpoints
from shared.contracts.envelope import Fields, Trace, encode
from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_REQUESTS, Topic
from shared.contracts.types import Gone, State
from shared.errors import Refused
from shared.kafka import clients as kafka
from shared.mongo import Database, Document, Indexes, Mongo, Transaction
from shared.observing import trace
from shared.observing.health import Progress
from shared.publishing import published
from shared.publishing.published import Published
from shared.running import leases
from shared.running.rounds import heard
from shared.settings import ServiceSettings

log = structlog.get_logger()

INDEXES: Indexes = {
    "outbox": [IndexModel([("shard", ASCENDING), ("key", ASCENDING), ("version", ASCENDING)])],
    "leases": [],
    **published.INDEXES,
}
_BATCH = 1_000
_IDLE = 0.2
# Whoever stands by for the lease looks less often than the one that has it.
_WAITING = 0.5
_STARTS_WITHIN = 10.0
_BETWEEN_LOOKS = 2.0
_HEADERS = [("content-type", b"application/cloudevents+json")]


class TooLarge(Refused):
    """Kafka would not take it, and an idempotent producer fails permanently after such a record."""

    title = "It is too large to be announced"


def announce(tx: Transaction, topic: Topic, state: State | Gone, cause: Trace | None = None) -> None:
    """Announce an entity's whole state. The transaction must also write the entity: that is what keeps two
    versions of it from passing each other.
    """
    announce_fields(tx, topic, state.id, state.version, state, cause)


def announce_fields(
    tx: Transaction,
    topic: Topic,
    key: str,
    version: int,
    fields: BaseModel | Fields,
    cause: Trace | None = None,
) -> None:
    """The same where validating once more what was validated on its way in would be felt."""
    tell(tx, topic, fields, key=key, version=version, message_id=f"{key}.{version}", cause=cause)


def request(tx: Transaction, notification: Request, cause: Trace | None = None) -> None:
    """Ask for one person to be told one thing. Asked again, notify does nothing."""
    tell(
        tx,
        NOTIFY_REQUESTS,
        notification,
        key=notification.person_id,
        version=time_ns() // 1_000_000,
        message_id=notification.id,
        cause=cause,
    )


def tell(
    tx: Transaction,
    topic: Topic,
    data: BaseModel | Fields,
    *,
    key: str,
    version: int,
    message_id: str,
    cause: Trace | None = None,
) -> None:
    """Announce something under `key`, after everything of a lower version under the same key.

    Raises:
        TooLarge: the message would not fit into a record.

    """
    value = encode(
        message_id=message_id,
        source=f"/{tx.sender.service}",
        kind=topic.type,
        subject=key,
        data=data,
        trace=cause or trace.current(),
        now=datetime.now(UTC),
    )
    if len(value) > topic.max_bytes:
        raise TooLarge(f"{topic.name}: the message has {len(value)} bytes, more than {topic.max_bytes}")
    tx.announced.append(_row(tx, topic, key, version, value))


class Depth:
    """How many announcements wait for Kafka. All who ask at the same time get one answer: it is counted,
    since what MongoDB estimates is wrong for good after a crash, and each partition that waits asks.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._counted = 0
        self._at = 0.0
        self._counting = asyncio.Lock()

    async def waiting(self, most: int, *, newer_than: float) -> int:
        """At most so many seconds ago; `most` also where there are more."""
        async with self._counting:
            if monotonic() - self._at > newer_than:
                self._counted = await self._db.outbox.count_documents({}, limit=most)
                self._at = monotonic()
            return self._counted


def tombstone(tx: Transaction, topic: Topic, key: str, version: int) -> None:
    """Let compaction forget `key`; sorts with the version that said it was gone."""
    tx.announced.append(_row(tx, topic, key, version, None))


def _row(tx: Transaction, topic: Topic, key: str, version: int, value: bytes | None) -> Document:
    return {
        "shard": crc32(key.encode()) % tx.sender.shards,
        "key": key,
        "version": version,
        "topic": tx.sender.namespace + topic.name,
        "value": value,
    }


class Relay:
    """Brings one shard's rows to Kafka while it holds the shard's lease. Kafka fences a predecessor that
    still believes it holds it: both use the shard's transactional id.
    """

    def __init__(
        self, settings: ServiceSettings, mongo: Mongo, service: str, shard: int, progress: Progress
    ) -> None:
        self._settings = settings
        self._mongo = mongo
        self._name = f"{service}-outbox-{shard}"
        self._shard = shard
        self._progress = progress
        self._owner = leases.owner(mongo)
        self._work = asyncio.Event()
        self._position = ""
        mongo.when_announced(self._work.set)

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._wait_for_lease()
                    await self._publish_while_held()
                except (KafkaError, PyMongoError, TimeoutError) as error:
                    self._progress.stuck(f"{type(error).__name__} while publishing")
                    log.warning(
                        "outbox.publishing_failed",
                        relay=self._name,
                        error=type(error).__name__,
                        code=getattr(error, "code", None),
                    )
                    # Another process may reach what this one can't.
                    await self._release_lease()
                    await asyncio.sleep(0.5)
        finally:
            await self._release_lease()

    async def _wait_for_lease(self) -> None:
        db = self._mongo.db
        while not (
            await leases.is_free(db, self._name, self._owner)
            and await leases.hold(db, self._name, self._owner)
        ):
            self._progress.moved()
            await asyncio.sleep(_WAITING)

    async def _release_lease(self) -> None:
        with contextlib.suppress(PyMongoError):
            await asyncio.shield(leases.release(self._mongo.db, self._name, self._owner))

    async def _publish_while_held(self) -> None:
        producer = kafka.transactional_producer(self._settings, self._name)
        try:
            if not await self._start_while_held(producer):
                return
            kept = Published(
                self._mongo, self._shard, self._settings.outbox_keep_seconds, kafka.partitions(producer)
            )
            async with asyncio.timeout(kafka.SEND_TIMEOUT):
                await kept.put_back()
            self._position = ""
            prolonged = looked = asyncio.get_running_loop().time()
            while True:
                now = asyncio.get_running_loop().time()
                if now - prolonged > leases.LEASE_MS / 3_000:
                    if not await leases.hold(self._mongo.db, self._name, self._owner):
                        return
                    prolonged = now
                if now - looked > _BETWEEN_LOOKS:
                    async with asyncio.timeout(kafka.SEND_TIMEOUT):
                        await kept.look()
                    looked = now
                self._work.clear()
                rows = await self._next_rows()
                if rows:
                    failpoints.passing("relay.read")
                    await self._publish(producer, kept, rows)
                self._progress.moved()
                if not rows:
                    await heard(self._work, _IDLE)
        finally:
            # A producer that has failed once never recovers: each attempt gets a new one.
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    await kafka.abandon(producer)

    async def _start_while_held(self, producer: AIOKafkaProducer) -> bool:
        """Whether the lease was ours until it had started: that takes longer than a lease lasts where Kafka
        has only just come back, and two who take it over from each other fence each other.
        """
        starting = asyncio.create_task(producer.start())
        try:
            async with asyncio.timeout(_STARTS_WITHIN):
                held = True
                while held and not starting.done():
                    await asyncio.wait([starting], timeout=leases.LEASE_MS / 3_000)
                    held = await leases.hold(self._mongo.db, self._name, self._owner)
                if held:
                    await starting
                return held
        finally:
            starting.cancel()

    async def _next_rows(self) -> Sequence[Document]:
        """Round and round the keys, so that early ones never starve late ones. A snapshot, because a plain
        read can pass over version 1 before it is committed and still meet version 2.
        """
        async with await self._mongo.client.start_session(snapshot=True) as session:
            for start in dict.fromkeys((self._position, "")):
                found = self._mongo.db.outbox.find(
                    {"shard": self._shard, "key": {"$gte": start}}, session=session, batch_size=_BATCH
                )
                rows = await found.sort([("key", 1), ("version", 1)]).limit(_BATCH).to_list(_BATCH)
                if rows:
                    return rows
                self._position = ""
        return ()

    async def _publish(self, producer: AIOKafkaProducer, kept: Published, rows: Sequence[Document]) -> None:
        async with asyncio.timeout(kafka.SEND_TIMEOUT):
            await kept.learn(row["topic"] for row in rows)
            async with producer.transaction():
                sending = [
                    await producer.send(row["topic"], row["value"], row["key"].encode(), headers=_HEADERS)
                    for row in rows
                ]
                sent = await asyncio.gather(*sending)
                failpoints.passing("relay.sent")
                await kept.check({TopicPartition(each.topic, each.partition) for each in sent})
        failpoints.passing("relay.produced")
        await kept.keep(rows, sent)
        failpoints.passing("relay.kept")
        # Last: a crash before this publishes them again, which readers take for what it is.
        await self._mongo.db.outbox.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        failpoints.passing("relay.deleted")
        self._position = rows[-1]["key"] if len(rows) == _BATCH else ""
