"""Does what is due: one loop a lane in each process, any number of processes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import NoReturn

import structlog
import uuid_utils
from aiokafka.errors import KafkaError
from pymongo import UpdateOne
from pymongo.errors import OperationFailure, PyMongoError

from shared import failpoints
from shared.due import rows as store
from shared.due.kinds import Kind, Kinds, Round, Work
from shared.due.rows import Row
from shared.errors import NotFound
from shared.mongo import Mongo, TookTooLong, Transaction, is_transient
from shared.observing import trace
from shared.observing.health import Progress
from shared.running.rounds import keep_looking

log = structlog.get_logger()
_PROLONG_SECONDS = 8.0
_WAITING_MS = 30_000
# Rows of one subject that are done before others have a turn, and subjects that are told apart.
_IN_A_ROW, _TOLD_APART = 20, 100
# A process that stood by and took over gives up when three in a row die within two seconds (standby.py).
# Suspects are not tried sooner, so no row can bring that about.
_SUSPECTS_AFTER = 3.0
# Cursor and query killed or out of time, write concern not met, no disk: nothing that the row did.
_TROUBLES = frozenset({43, 50, 64, 136, 202, 237, 246, 251, 262, 290, 11601, 14031})


def is_trouble(error: BaseException) -> bool:
    """Whether something else than the row is at fault."""
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    return is_transient(error) or (isinstance(error, OperationFailure) and error.code in _TROUBLES)


class Suspects:
    """A process's leave to work on a row whose last try did not end well: one at a time."""

    def __init__(self) -> None:
        self._since = monotonic()
        self._taken = False

    def take(self) -> bool:
        """Before the row is claimed, so that two lanes can't both have it."""
        if self._taken or monotonic() - self._since < _SUSPECTS_AFTER:
            return False
        self._taken = True
        return True

    def give_back(self) -> None:
        self._taken = False


class Lane:
    """Some kinds of one process. `do` ends only with the process."""

    def __init__(
        self,
        kinds: Kinds,
        mongo: Mongo,
        clock: Callable[[], datetime],
        suspects: Suspects,
        instance: str = "",
    ) -> None:
        self._kinds = kinds
        self._mongo = mongo
        self._clock = clock
        self._suspects = suspects
        self._instance = instance
        self._turns: Counter[str] = Counter()
        self._owed: tuple[str, bool] | None = None
        self._busy = False

    async def do(self, progress: Progress) -> NoReturn:
        recurring = {name: kind.first_after for name, kind in self._kinds.items() if kind.recurring}
        soon = min(kind.soon for kind in self._kinds.values())
        begun = not recurring

        async def look() -> bool:
            nonlocal begun
            if not begun:
                await store.begin_recurring(self._mongo.db, recurring, self._clock())
                begun = True
            return await self.look()

        await keep_looking(self._mongo, progress, look, soon=soon, postponed="due.postponed")

    async def look(self) -> bool:
        """Do what is due next; returns whether there was anything."""
        if self._owed:
            await self._give_back(*self._owed)
        db, now, kinds = self._mongo.db, self._clock(), list(self._kinds)
        if not self._busy and not await store.is_any_due(db, kinds, now):
            return False
        may = self._suspects.take()
        try:
            token = f"{self._instance}/{uuid_utils.uuid7()}"
            row = await self._claim(token, suspects=may)
            if may and (row is None or row.tries == 1):
                self._suspects.give_back()
                may = False
            self._busy = row is not None
            if row is None:
                return bool(await self._set_aside_deadly())
            await self._work(row, token)
        finally:
            if may:
                self._suspects.give_back()
        return True

    async def _claim(self, token: str, *, suspects: bool) -> Row | None:
        db, now, kinds = self._mongo.db, self._clock(), list(self._kinds)
        tired = [each for each, turns in self._turns.items() if turns >= _IN_A_ROW][:_TOLD_APART]
        row = await store.claim_next(db, kinds, now, token, tired=tired, suspects=suspects)
        if row is None:
            self._turns.clear()
            if tired:
                row = await store.claim_next(db, kinds, now, token, tired=(), suspects=suspects)
        if row is not None:
            self._turns[row.subject] += 1
        return row

    async def _set_aside_deadly(self) -> list[str]:
        ids = await store.set_aside_deadly(self._mongo.db, list(self._kinds), self._clock())
        for id_ in ids:
            log.error("due.set_aside", id=id_, why="ended its process")
        return ids

    async def _work(self, row: Row, token: str) -> None:
        kind = self._kinds[row.kind]
        if kind.at_once > 1 and row.tries == 1:
            await store.claim_alike(self._mongo.db, row.kind, self._clock(), token, kind.at_once - 1)
        prolonging = asyncio.create_task(self._prolong(token))
        try:
            failpoints.passing("due.claimed", about=row.id)
            await self._try(row, token)
            failpoints.passing("due.done")
        finally:
            prolonging.cancel()

    async def _prolong(self, token: str) -> None:
        while True:
            await asyncio.sleep(_PROLONG_SECONDS)
            # Where it can't be: another may take the row up, which is why handlers bear to be done twice.
            with suppress(PyMongoError):
                await store.prolong(self._mongo.db, token)

    async def _try(self, row: Row, token: str) -> None:
        kind = self._kinds[row.kind]
        trace.begin(row.cause.correlation, row.cause.parent)
        began = monotonic()
        try:
            if kind.together:
                await self._together(kind, token)
            elif kind.inside:
                await self._inside(kind, token)
            else:
                await self._beside(kind, row, token)
        except asyncio.CancelledError:
            with suppress(PyMongoError):
                await store.give_back(self._mongo.db, token, pause=False, counts=False)
            raise
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is the row's
            if is_trouble(error):
                self._owed = (token, isinstance(error, PyMongoError | TimeoutError))
                log.warning("due.trouble", kind=row.kind, error=type(error).__name__)
                await self._give_back(*self._owed)
                return
            await self._failed(row, token, error)
            return
        log.info("due.done", kind=row.kind, ms=round((monotonic() - began) * 1_000))

    async def _give_back(self, token: str, counts: bool) -> None:
        await store.give_back(self._mongo.db, token, pause=True, counts=counts)
        self._owed = None

    async def _failed(self, row: Row, token: str, error: Exception) -> None:
        last = await store.failed(self._mongo.db, row, token, error, self._clock())
        log.error(
            "due.set_aside" if last else "due.failed",
            kind=row.kind,
            id=row.id,
            tries=row.tries,
            exc_info=error,
        )

    async def _inside(self, kind: Kind, token: str) -> None:
        async def work(tx: Transaction) -> None:
            found = await store.mine(tx, token, 1)
            if found and kind.inside:
                again = await kind.inside(tx, found[0], self._clock())
                await store.done(tx.db, found[0], token, again, tx)

        await self._mongo.transact(work)

    async def _beside(self, kind: Kind, row: Row, token: str) -> None:
        db = self._mongo.db

        async def moved() -> None:
            await store.moved(db, row, token)

        try:
            again = await kind.beside(Work(row, self._mongo, self._clock(), moved)) if kind.beside else None
        except NotFound:
            # What it was about is gone.
            again = None
        failpoints.passing("due.worked")
        await store.done(db, row, token, again)
        self._mongo.committed()

    async def _together(self, kind: Kind, token: str) -> None:
        """In as many transactions as it takes. When one fails, each row has one of its own, and the others
        go on.
        """
        most = kind.at_once
        while True:
            began = monotonic()
            tried: list[Row] = []

            async def work(tx: Transaction, most: int = most, tried: list[Row] = tried) -> int:
                tried[:] = await store.mine(tx, token, most)
                turn = Round(tried, self._clock())
                if tried and kind.together:
                    await kind.together(tx, turn)
                    await _settle(tx, token, turn)
                return turn.told

            try:
                told = await self._mongo.transact(work)
            except Exception as error:
                together = isinstance(error, TookTooLong) and len(tried) > 1
                if not tried or (is_trouble(error) and not together):
                    raise
                if len(tried) == 1:
                    await self._failed(tried[0], token, error)
                most = 1
                continue
            if not tried:
                return
            failpoints.passing("due.rung")
            if kind.per_second:
                await asyncio.sleep(max(0.0, told / kind.per_second - (monotonic() - began)))


async def _settle(tx: Transaction, token: str, turn: Round) -> None:
    if not turn.came_to and not turn.waiting:
        raise RuntimeError("a round came nowhere")
    changes: list[UpdateOne] = []
    unclaim = {"claim": "", "until": ""}
    for id_, after in turn.came_to.items():
        row = {"_id": id_, "claim": token}
        if after is None:
            # Remembered: what was done is not asked for again by somebody who plans it as it was.
            changes.append(
                UpdateOne(
                    row, {"$set": {"state": "done", "done_at": turn.now, "tries": 0}, "$unset": unclaim}
                )
            )
        else:
            changes.append(UpdateOne(row, {"$set": {"data.after": after, "tries": 1}}))
    for id_ in turn.waiting:
        held = {"until": {"$add": ["$$NOW", _WAITING_MS]}, "tries": 0}
        changes.append(UpdateOne({"_id": id_, "claim": token}, [{"$set": held}, {"$unset": "claim"}]))
    await tx.db.due.bulk_write(changes, ordered=False, session=tx.session)


async def do_all(kinds: Kinds, mongo: Mongo, now: datetime) -> None:
    """All that is due at `now`, and return."""
    for lane in lanes(kinds, mongo, lambda: now).values():
        while await lane.look():
            pass


def lanes(kinds: Kinds, mongo: Mongo, clock: Callable[[], datetime], instance: str = "") -> dict[str, Lane]:
    """A loop for each lane of the table."""
    suspects = Suspects()
    names = dict.fromkeys(kind.lane for kind in kinds.values())
    return {
        name: Lane({n: k for n, k in kinds.items() if k.lane == name}, mongo, clock, suspects, instance)
        for name in names
    }
