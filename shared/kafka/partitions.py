"""Partitions as Kafka has them now: which topic it is, since when its leader leads, where it ends, and where
the records of an earlier leader ended.

A topic's id tells a topic that was made again from the one before (KIP-516). A leader's epoch rises with
every start of a broker; where an epoch's records end tells whether Kafka has lost some of them (KIP-101,
KIP-320).
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    LeaderNotAvailableError,
    NodeNotReadyError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.structs import TopicPartition

from shared.kafka.protocol import EpochEndRequest, MetadataRequest, OffsetsRequest

_LATEST, _EARLIEST = -1, -2
_ANY_EPOCH = -1
# Base offset, length, leader's epoch, format, CRC, attributes, last offset's delta, first and last timestamp.
_BATCH_HEADER = struct.Struct(">qiibIhiqq")
_MOST_OFFSETS = 10_000_000


@dataclass(frozen=True, slots=True)
class Log:
    """One partition's log. `end` is where a reader of what was committed comes to."""

    topic_id: str
    epoch: int
    end: int

    def is_led_as(self, other: "Log") -> bool:
        """Whether nothing can have been lost between the two looks."""
        return (self.topic_id, self.epoch) == (other.topic_id, other.epoch)


@dataclass(frozen=True, slots=True)
class _Place:
    topic_id: str
    leader: int


class Partitions:
    """Asks through the connections that a consumer or a producer has already."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    async def topic(self, topic: str) -> list[TopicPartition]:
        """
        Raises:
            KafkaError: there is no such topic, or no answer.

        """
        return sorted(await self._places({topic}))

    async def logs(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Log]:
        """Those that exist.

        Raises:
            KafkaError: no answer, or a partition has no leader just now.

        """
        wanted = set(partitions)
        if not wanted:
            return {}
        places = await self._places({partition.topic for partition in wanted})
        there = {partition: places[partition] for partition in wanted & places.keys()}
        found = await self._offsets({each: place.leader for each, place in there.items()}, _LATEST)
        return {each: Log(there[each].topic_id, epoch, end) for each, (end, epoch) in found.items()}

    async def log(self, partition: TopicPartition) -> Log:
        """
        Raises:
            UnknownTopicOrPartitionError: there is no such partition.
            KafkaError: as `logs`.

        """
        found = await self.logs([partition])
        if partition not in found:
            raise UnknownTopicOrPartitionError(partition)
        return found[partition]

    async def epochs(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Each leader's epoch, on its own: cheaper than `logs`, and no topic's id.

        Raises:
            KafkaError: no answer, or another broker leads by now.

        """
        leaders = {each: self._client.cluster.leader_for_partition(each) for each in partitions}
        missing = [each for each, leader in leaders.items() if leader is None or leader < 0]
        if missing:
            self._client.force_metadata_update()
            raise LeaderNotAvailableError(missing)
        found = await self._offsets({each: leader or 0 for each, leader in leaders.items()}, _LATEST)
        return {partition: epoch for partition, (_, epoch) in found.items()}

    async def first(self, partition: TopicPartition) -> int:
        """The first offset that Kafka has still.

        Raises:
            KafkaError: as `logs`.

        """
        places = await self._places({partition.topic})
        if partition not in places:
            raise UnknownTopicOrPartitionError(partition)
        found = await self._offsets({partition: places[partition].leader}, _EARLIEST)
        return found[partition][0]

    async def end_of(self, partition: TopicPartition, epoch: int) -> int:
        """Where the records that were written up to this epoch end in the log as it is now; -1 where the
        epoch is unknown to Kafka.

        Raises:
            KafkaError: as `logs`.

        """
        places = await self._places({partition.topic})
        if partition not in places:
            raise UnknownTopicOrPartitionError(partition)
        topics = [(partition.topic, [(partition.partition, _ANY_EPOCH, epoch)])]
        answer = await self._client.send(places[partition].leader, EpochEndRequest(topics))
        for _, found in answer.topics:
            for code, _, _, end in found:
                _raise(code, partition)
                return end
        raise UnknownTopicOrPartitionError(partition)

    async def batch_at(self, partition: TopicPartition, offset: int) -> tuple[int, int]:
        """Where the batch at `offset` ends, by its header, and its last timestamp in ms (0: not said).

        Raises:
            KafkaError: as `logs`.

        """
        places = await self._places({partition.topic})
        if partition not in places:
            raise UnknownTopicOrPartitionError(partition)
        fetch = FetchRequest(
            100, 1, 4096, 0, [(partition.topic, [(partition.partition, offset, 4096)])], rack_id=""
        )
        answer = await self._client.send(places[partition].leader, fetch)
        for _, found in answer.topics:
            for _, code, *_, packed in found:
                _raise(code, partition)
                return _batch(packed, offset)
        raise UnknownTopicOrPartitionError(partition)

    async def _places(self, topics: set[str]) -> dict[TopicPartition, _Place]:
        node = self._client.get_random_node()
        if node is None:
            raise NodeNotReadyError("Kafka knows of no broker yet")
        answer = await self._client.send(node, MetadataRequest(sorted(topics)))
        places: dict[TopicPartition, _Place] = {}
        for code, name, topic_id, _, partitions, *_rest in answer.topics:
            if for_code(code) is UnknownTopicOrPartitionError:
                continue
            _raise(code, name)
            for _, number, leader, *_more in partitions:
                if leader < 0:
                    raise LeaderNotAvailableError(f"{name}/{number}")
                places[TopicPartition(name, number)] = _Place(str(topic_id), leader)
        return places

    async def _offsets(
        self, leaders: Mapping[TopicPartition, int], which: int
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Offset and leader's epoch of each."""
        by_node: dict[int, dict[str, list[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(list))
        for partition, leader in leaders.items():
            by_node[leader][partition.topic].append((partition.partition, _ANY_EPOCH, which))
        found: dict[TopicPartition, tuple[int, int]] = {}
        for node, topics in by_node.items():
            answer = await self._client.send(node, OffsetsRequest(list(topics.items())))
            for topic, partitions in answer.topics:
                for number, code, _, offset, epoch in partitions:
                    _raise(code, f"{topic}/{number}")
                    found[TopicPartition(topic, number)] = (offset, epoch)
        return found


def moment_of(milliseconds: int) -> datetime | None:
    """None where its sender's clock says what no calendar knows."""
    try:
        return datetime.fromtimestamp(milliseconds / 1_000, UTC) if milliseconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _raise(code: int, what: Any) -> None:
    if code:
        raise for_code(code)(what)


def _batch(packed: bytes | None, offset: int) -> tuple[int, int]:
    if not packed or len(packed) < _BATCH_HEADER.size:
        return offset + 1, 0
    base, _, _, _, _, _, delta, _, last_at = _BATCH_HEADER.unpack_from(packed)
    # What is broken may be the header.
    sound = base <= offset <= base + delta and 0 <= delta < _MOST_OFFSETS
    return (base + delta + 1, max(0, last_at)) if sound else (offset + 1, 0)
