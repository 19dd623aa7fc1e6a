"""Mechanisms to break, one at a time, to see that the suite can fail. Only launch.py calls `become`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.notify.store import notifications
from services.notify.worker.marks import Marks
from shared.consuming import cursor
from shared.consuming.follower import Follower
from shared.publishing.outbox import Relay
from shared.publishing.published import Published


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is broken, how, and the rows of which one at least must turn red."""

    what: str
    become: Callable[[], None]
    rows: tuple[str, ...]


def become(name: str) -> None:
    """Break what `name` says."""
    MUTANTS[name].become()


def _replace(owner: Any, name: str, broken: Callable[..., Any]) -> None:
    setattr(owner, name, broken)


def _relay_by_watermark() -> None:
    """Reads on from the highest `_id` it has seen: what commits later under a lower one is passed over."""

    async def next_rows(self: Any) -> Sequence[Any]:
        seen = getattr(self, "_seen", None)
        query = {"shard": self._shard, **({"_id": {"$gt": seen}} if seen else {})}
        rows = await self._mongo.db.outbox.find(query).sort("_id", 1).limit(1_000).to_list(1_000)
        if rows:
            self._seen = rows[-1]["_id"]
        return rows

    _replace(Relay, "_next_rows", next_rows)


def _offsets_first() -> None:
    """Kafka's offset is the truth, and moves before the work is done."""
    take = vars(Follower)["_take"]

    async def take_later(self: Any, records: Any) -> None:
        await self._kafka.commit({self._partition: records[-1].offset + 1})
        await take(self, records)

    async def seek(self: Any) -> None:
        partition, self._place.next = self._partition, None
        committed = await self._kafka.committed(partition)
        first = (await self._kafka.beginning_offsets([partition]))[partition]
        self._kafka.seek(partition, first if committed is None else committed)

    _replace(Follower, "_take", take_later)
    _replace(Follower, "_seek", seek)
    _no_fence()


def _no_fence() -> None:
    """The cursor is written and never looked at."""

    async def move(tx: Any, place: Any, end: int) -> None:
        which = {"_id": place.cursor_id}
        await tx.db.cursors.update_one(which, {"$set": {"next": end}}, upsert=True, session=tx.session)

    _replace(cursor, "move", move)


def _forgetful() -> None:
    """A request that comes again is taken for a new one."""

    async def known(*_: Any) -> list[Any]:
        return []

    async def insert(tx: Any, mails: Sequence[Any]) -> None:
        for row in map(notifications.document, mails):
            await tx.db.notifications.replace_one({"_id": row["_id"]}, row, upsert=True, session=tx.session)

    _replace(notifications, "known", known)
    _replace(notifications, "insert", insert)


def _without_doubt() -> None:
    """DATA begins without a mark that it did."""

    async def in_doubt(*_: Any) -> bool:
        return True

    _replace(Marks, "in_doubt", in_doubt)


def _believes_kafka() -> None:
    """What Kafka has acknowledged is taken for kept."""

    async def put_back(_self: Any) -> int:
        return 0

    _replace(Published, "put_back", put_back)


MUTANTS: Mapping[str, Mutant] = {
    "watermark": Mutant("the relay goes on by a watermark", _relay_by_watermark, ("start", "kill-shared")),
    "offsets-first": Mutant("offsets are committed before the work", _offsets_first, ("kill-shared",)),
    "no-fence": Mutant("nobody looks at the cursor", _no_fence, ("stopped-workers",)),
    "forgetful": Mutant("deduplication forgets", _forgetful, ("thrice",)),
    "believes-kafka": Mutant("nothing is published again", _believes_kafka, ("power-cut",)),
    "no-doubt": Mutant("no in_doubt mark before DATA", _without_doubt, ("stopped-workers",)),
}
