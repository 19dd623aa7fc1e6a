"""What was published lately, and what of it Kafka has lost.

Kafka acknowledges from the page cache: a power cut of a node, or of a room with all its brokers, takes the
end of its logs although every transaction was committed. What a relay has published is therefore kept until
Kafka has surely written it out. When a log turns out to have gone back, what lay behind its end goes into the
outbox again and takes the same way once more; readers drop what they know.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import cramjam
import structlog
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata, TopicPartition
from pymongo import ASCENDING, IndexModel
from pymongo.write_concern import WriteConcern

from shared.kafka.partitions import Log, Partitions
from shared.mongo import Document, Indexes, Mongo, Transaction

log = structlog.get_logger()
INDEXES: Indexes = {
    "published": [
        IndexModel([("shard", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("until", expireAfterSeconds=0),
    ]
}
# A document holds 16 MB at most, and a row may be one that nothing makes smaller.
_MOST_BYTES = 8 * 1024 * 1024
_LEVEL = 1
_NEVER = 1 << 62
# Its end comes with the delete's majority, which is asked for afterwards.
_SOON = WriteConcern(w=1)


class LogsChanged(KafkaError):  # noqa: N818 - errors name the situation
    """A partition has a new leader, or is a new one: what was published to it may be gone."""


class Published:
    """One relay's: of one shard, and for as long as one producer lives."""

    def __init__(self, mongo: Mongo, shard: int, seconds: float, partitions: Partitions) -> None:
        self._mongo = mongo
        self._kept = mongo.db.published
        self._shard = shard
        self._for = timedelta(seconds=seconds)
        self._partitions = partitions
        self._logs: dict[TopicPartition, Log] = {}
        # Topics of which all partitions are known: `put_back` needs only those that something is kept of.
        self._learnt: set[str] = set()

    async def learn(self, topics: Iterable[str]) -> None:
        """Call before the first record for a topic is sent.

        Raises:
            KafkaError: there is no such topic, or no answer.

        """
        for topic in set(topics) - self._learnt:
            self._logs |= await self._partitions.logs(await self._partitions.topic(topic))
            self._learnt.add(topic)

    async def check(self, sent_to: Collection[TopicPartition]) -> None:
        """Call when the records are sent, before they are committed: so that nothing newer follows what was
        lost.

        Raises:
            LogsChanged: abort; begin again with `put_back`.

        """
        epochs = await self._partitions.epochs(sent_to)
        if any(epoch != self._logs[partition].epoch for partition, epoch in epochs.items()):
            raise LogsChanged

    async def look(self) -> None:
        """
        Raises:
            LogsChanged: as `check`, of all that is known.

        """
        # One that is not there may come back, and be another one.
        for partition, found in (await self._partitions.logs(self._logs)).items():
            if not found.is_led_as(self._logs[partition]):
                raise LogsChanged

    async def keep(self, rows: Sequence[Document], sent: Sequence[RecordMetadata]) -> None:
        """Call before the rows are deleted, with a majority, from the outbox."""
        documents = [self._document(part) for part in _portions(list(zip(rows, sent, strict=True)))]
        await self._kept.with_options(write_concern=_SOON).insert_many(documents)

    def _document(self, part: Sequence[tuple[Document, RecordMetadata]]) -> Document:
        offsets: defaultdict[TopicPartition, list[int]] = defaultdict(list)
        for _, at in part:
            offsets[TopicPartition(at.topic, at.partition)].append(at.offset)
        rows = [
            {**{name: row[name] for name in _ROW}, "partition": at.partition, "offset": at.offset}
            for row, at in part
        ]
        return {
            "shard": self._shard,
            "until": datetime.now(UTC) + self._for,
            "places": [self._place(partition, max(found)) for partition, found in offsets.items()],
            "rows": _pack(rows),
        }

    def _place(self, partition: TopicPartition, last: int) -> Document:
        at = self._logs[partition]
        return {
            "topic": partition.topic,
            "partition": partition.partition,
            "topic_id": at.topic_id,
            "epoch": at.epoch,
            "last": last,
        }

    async def put_back(self) -> int:
        """Into the outbox, what Kafka has lost; returns how many rows. Call when no transaction is open."""
        wanted = {"shard": self._shard}
        documents = await self._kept.find(wanted, {"places": 1}).sort("_id", 1).to_list(None)
        known = {_partition(place) for each in documents for place in each["places"]}
        self._logs |= await self._partitions.logs(known | self._logs.keys())
        ends = await self._ends(place for each in documents for place in each["places"])
        done = 0
        for each in documents:
            if any(place["last"] >= ends.get(_origin(place), _NEVER) for place in each["places"]):
                done += await self._mongo.transact(lambda tx, id_=each["_id"]: self._put_back(tx, id_, ends))
        if done:
            log.error("outbox.published_again", shard=self._shard, rows=done)
        return done

    async def _ends(self, places: Iterable[Document]) -> dict[Any, int]:
        """By origin, from which offset on what came from there is gone; those that nothing can have happened
        to are left out.
        """
        ends: dict[Any, int] = {}
        for place in {_origin(each): each for each in places}.values():
            partition = _partition(place)
            now = self._logs.get(partition)
            if now is None:
                continue
            if now.topic_id != place["topic_id"]:
                # Made again: it holds nothing of what was.
                ends[_origin(place)] = 0
            elif now.epoch != place["epoch"]:
                end = await self._partitions.end_of(partition, place["epoch"])
                # Behind the end of what is committed may stand records whose end of transaction is lost.
                ends[_origin(place)] = min(max(end, 0), now.end)
        return ends

    async def _put_back(self, tx: Transaction, id_: Any, ends: dict[Any, int]) -> int:
        found = await tx.db.published.find_one({"_id": id_}, session=tx.session)
        if found is None:
            return 0
        origins = {_partition(place): _origin(place) for place in found["places"]}
        rows = _unpack(found["rows"])
        lost, there = list[Document](), list[Document]()
        for row in rows:
            end = ends.get(origins[_partition(row)])
            (there if end is None or row["offset"] < end else lost).append(row)
        if not lost:
            return 0
        again = [{"shard": self._shard, **{name: row[name] for name in _ROW}} for row in lost]
        await tx.db.outbox.insert_many(again, session=tx.session)
        if there:
            left = {_partition(row) for row in there}
            places = [
                {**place, "last": max(row["offset"] for row in there if _partition(row) == _partition(place))}
                for place in found["places"]
                if _partition(place) in left
            ]
            change = {"$set": {"places": places, "rows": _pack(there)}}
            await tx.db.published.update_one({"_id": id_}, change, session=tx.session)
        else:
            await tx.db.published.delete_one({"_id": id_}, session=tx.session)
        return len(lost)


_ROW = ("key", "version", "topic", "value")


def _partition(place: Document) -> TopicPartition:
    return TopicPartition(place["topic"], place["partition"])


def _origin(place: Document) -> tuple[TopicPartition, str, int]:
    return _partition(place), place["topic_id"], place["epoch"]


def _portions(
    rows: list[tuple[Document, RecordMetadata]],
) -> Iterable[list[tuple[Document, RecordMetadata]]]:
    part: list[tuple[Document, RecordMetadata]] = []
    size = 0
    for row in rows:
        part.append(row)
        size += len(row[0]["value"] or b"")
        if size >= _MOST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _pack(rows: list[Document]) -> bytes:
    return bytes(cramjam.zstd.compress(bson.encode({"rows": rows}), _LEVEL))


def _unpack(packed: bytes) -> list[Document]:
    return bson.decode(bytes(cramjam.zstd.decompress(packed)))["rows"]
