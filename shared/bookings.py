"""Commits together what is asked for at once about the same thing.

Many who want something of one thing at the same moment would conflict with each other, one transaction each:
they stand in line in the process instead, and go through a hundred at a time. What must hold across processes
(never one seat too many) is a condition in the database; the line only takes the conflicts away.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from shared import failpoints
from shared.errors import Refused
from shared.mongo import Mongo, TookTooLong, Transaction, is_transient

log = structlog.get_logger()
Asked = TypeVar("Asked")
Given = TypeVar("Given")

Settle = Callable[[Transaction, str, Sequence[Asked]], Awaitable[Sequence[Given | Refused]]]
"""Settles what is asked for about one key, in the order of the list: one result each, a `Refused` for what
can't be had. It runs again from the start after a conflict. Each request carries its own trace."""


class Bookings(Generic[Asked, Given]):
    """One line per key; different keys don't wait for each other."""

    def __init__(self, mongo: Mongo, settle: Settle[Asked, Given], *, most: int = 100) -> None:
        self._mongo = mongo
        self._settle = settle
        self._most = most
        self._lines: dict[str, deque[tuple[Asked, asyncio.Future[Given]]]] = {}
        self._runners: dict[str, asyncio.Task[None]] = {}

    async def book(self, key: str, asked: Asked) -> Given:
        """Answered after the majority commit. A caller that gives up before its turn is left out; one that
        gives up later has it done all the same, so requests must be idempotent.

        Raises:
            Refused: what `settle` gave for this request.

        """
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(key, deque()).append((asked, answer))
        if key not in self._runners:
            self._runners[key] = asyncio.create_task(self._run(key), name=f"bookings {key}")
        return await answer

    async def _run(self, key: str) -> None:
        line = self._lines[key]
        try:
            while line:
                turn = [line.popleft() for _ in range(min(self._most, len(line)))]
                turn = [(asked, answer) for asked, answer in turn if not answer.done()]
                if turn:
                    await self._commit(key, turn)
        finally:
            # No await since the line was seen empty: nobody can have joined it unseen.
            del self._lines[key], self._runners[key]
            for _, answer in line:
                answer.cancel()

    async def _commit(self, key: str, turn: Sequence[tuple[Asked, asyncio.Future[Given]]]) -> None:
        try:
            failpoints.passing("bookings.turn")
            results = await self._transact(key, [asked for asked, _ in turn])
            failpoints.passing("bookings.committed")
        except asyncio.CancelledError:
            for _, answer in turn:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 – it is handed to those who asked
            # What takes too long together may do one by one.
            if len(turn) == 1 or (is_transient(error) and not isinstance(error, TookTooLong)):
                for _, answer in turn:
                    _give(answer, error)
                return
            log.warning("bookings.separated", key=key, count=len(turn), error=type(error).__name__)
            for one in turn:
                await self._commit(key, [one])
            return
        for (_, answer), result in zip(turn, results, strict=True):
            _give(answer, result)

    async def _transact(self, key: str, asked: Sequence[Asked]) -> Sequence[Given | Refused]:
        async def work(tx: Transaction) -> Sequence[Given | Refused]:
            results = await self._settle(tx, key, asked)
            if len(results) != len(asked):
                raise RuntimeError(f"{len(asked)} requests got {len(results)} results")
            return results

        return await self._mongo.transact(work)


def _give(answer: "asyncio.Future[Given]", result: Given | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
