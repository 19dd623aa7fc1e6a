"""A partition's records, handled in one transaction a batch: each takes effect once, in order of its key."""

from collections.abc import Sequence
from typing import Any

import structlog
from pymongo.errors import BulkWriteError, DocumentTooLarge, PyMongoError, WriteError

from shared import failpoints
from shared.consuming import cursor, parking
from shared.consuming.cursor import CursorMovedError, Place
from shared.consuming.incoming import Incoming, Item, decode
from shared.consuming.parking import Record
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import STAFF_PREFIX, staff_topic
from shared.mongo import Mongo, TookTooLong, Transaction, is_transient
from shared.running import memory
from shared.running.turns import fairly

log = structlog.get_logger()
_MAX_FAILED_RECORDS = 1_000


class HaltedError(Exception):
    """Too much fails here for parking to be right."""


class Batches:
    """Of one partition of `topic`, whose name is without the namespace."""

    def __init__(self, mongo: Mongo, subscription: Subscription, place: Place, topic: str) -> None:
        self._mongo = mongo
        self._subscription = subscription
        self._place = place
        self._topic = topic
        self._contract = subscription.topic or staff_topic(topic.removeprefix(STAFF_PREFIX))

    async def take(self, records: Sequence[Any]) -> None:
        """Handle them and move the cursor; park what can't be read and what fails.

        Raises:
            CursorMovedError, HaltedError, PyMongoError: none of the rest has happened; seek and fetch again.

        """
        number, salvage = self._place.partition.partition, self._subscription.salvage
        with memory.batch():
            items = [
                decode(self._contract, Record(self._topic, number, r.offset, r.key, r.value), salvage)
                async for r in fairly(records)
            ]
            failpoints.passing("consumer.decoded")
            await self._apply_or_bisect(items)

    async def _apply_or_bisect(self, items: Sequence[Item]) -> None:
        try:
            await self._apply(items)
        except CursorMovedError:
            raise
        except Exception as error:
            # What takes too long in one transaction may be done in two.
            too_much = isinstance(error, TookTooLong) and len(items) > 1
            if not too_much and (is_transient(error) or not _is_ours(error)):
                raise
            if len(items) > 1:
                middle = len(items) // 2
                await self._apply_or_bisect(items[:middle])
                await self._apply_or_bisect(items[middle:])
                return
            log.exception("message.failed", record=items[0].record.id)
            await self._apply(items, failure=type(error).__name__)

    async def _apply(self, items: Sequence[Item], failure: str = "") -> None:
        end = items[-1].record.offset + 1

        async def work(tx: Transaction) -> None:
            # One after the other: what a failed one leaves under way has nothing to write.
            blocked = await self._blocked_keys(items[0].record)
            await cursor.move(tx, self._place, end)
            accepted, parked = _sorted(items, blocked, failure)
            await parking.park(tx, parked)
            if accepted:
                await self._subscription.handle(tx, accepted)
            failpoints.passing("consumer.handled")

        await self._mongo.transact(work)
        self._place.next = end

    async def _blocked_keys(self, first: Record) -> set[bytes]:
        """Keys with a failed record: what follows must wait behind it.

        Raises:
            HaltedError: so much fails that parking would only hide it.

        """
        query = {"topic": first.topic, "partition": first.partition, "kind": "failed"}
        failed = await self._mongo.db.parked.find(query, {"key": 1}).to_list(None)
        keys = {document["key"] for document in failed}
        if len(failed) > _MAX_FAILED_RECORDS or len(keys) > max(5, first.offset // 100):
            raise HaltedError
        return keys


def _sorted(
    items: Sequence[Item], blocked: set[bytes], failure: str
) -> tuple[list[Incoming[Any]], list[parking.Case]]:
    """What is handled, and what is parked for which reason."""
    accepted: list[Incoming[Any]] = []
    parked: list[parking.Case] = []
    for item in items:
        if item.refusal:
            parked.append(parking.Case(item.record, "refused", item.refusal))
        elif failure or (blocked and item.record.key in blocked):
            reason = f"failed with {failure}" if failure else "waits behind an earlier one of its key"
            parked.append(parking.Case(item.record, "failed", reason))
        elif item.incoming:
            accepted.append(item.incoming)
    return accepted, parked


def _is_ours(error: Exception) -> bool:
    """Whether the record makes us fail, rather than the database."""
    return not isinstance(error, PyMongoError) or isinstance(
        error, BulkWriteError | WriteError | DocumentTooLarge
    )
