"""Works on an import, portion by portion; taken up again after a crash where it was."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from services.directory.imports import handlers, store
from services.directory.imports.exports import Export, Unusable
from services.directory.imports.rules.faults import Fault
from services.directory.imports.rules.rows import Row
from shared.contracts.ids import person_id
from shared.due import Kind, Work, is_trouble
from shared.mongo import Document, Mongo, Transaction

log = structlog.get_logger()
_PORTION = 500
Clock = Callable[[], datetime]


async def work(clock: Clock, due: Work) -> None:
    """Do what is left of the job. Nothing happens where it is over, or where another process went on."""
    job = await store.find(due.mongo.db, due.row.data["agency"], due.row.data["import"])
    if job is None or not job["open"]:
        return
    with TemporaryDirectory() as folder, suppress(handlers.TakenOver):
        path = Path(folder) / "export.csv"
        await _fetch(due.mongo, job, path)
        job = await _Work(due, job, clock).do(path)
        log.info("import.done", state=job["state"], **job["counts"])


def kind(clock: Clock) -> Kind:
    """One at a time in a process, and each in one process."""
    return Kind("imports", beside=partial(work, clock))


async def _fetch(mongo: Mongo, job: Document, path: Path) -> None:
    with path.open("wb") as file:
        async for piece in store.pieces(mongo.db, store.file_of(job)):
            await asyncio.to_thread(file.write, piece)


class _Work:
    def __init__(self, due: Work, job: Document, clock: Clock) -> None:
        self._mongo = due.mongo
        self._moved = due.moved
        self._job = job
        self._clock = clock
        self._seen: set[str] = set()
        self._unnamed = 0

    async def do(self, path: Path) -> Document:
        job = self._job
        told = await store.mapping(self._mongo.db, job["agency"])
        try:
            export = await asyncio.to_thread(Export, path, told, job["version"])
        except Unusable as unusable:
            faults, row, heads = unusable.faults, unusable.row, unusable.heads
            return await self._step(
                lambda tx: handlers.refuse(
                    tx, self._job, faults, row, heads.used, heads.unused, self._clock()
                )
            )
        if job["state"] == "waiting":
            heads = export.heads
            await self._step(lambda tx: handlers.note_columns(tx, self._job, heads.used, heads.unused))
        while rows := await asyncio.to_thread(export.portion, _PORTION):
            self._note(rows)
            if left := [row for row in rows if row.number > self._job["last_row"]]:
                await self._take(left, export.table.said)
        return await self._end()

    async def _take(self, rows: Sequence[Row], said: Collection[str]) -> None:
        """In one step, or around the row that we fail on: it is named in the report, and the others go on."""
        try:
            await self._take_rows(rows, said)
        except Exception as error:
            if isinstance(error, handlers.TakenOver) or is_trouble(error):
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                await self._take(rows[:half], said)
                await self._take(rows[half:], said)
                return
            log.exception("import.row_failed", id=self._job["_id"], error=type(error).__name__)
            await self._step(lambda tx: handlers.pass_over(tx, self._job, rows[0]))

    async def _take_rows(self, rows: Sequence[Row], said: Collection[str]) -> None:
        async def work(tx: Transaction, part: Sequence[Row]) -> Document:
            return await handlers.take_rows(tx, self._job, part, said, self._clock())

        async for job in self._mongo.in_parts(rows, work, most=_PORTION):
            await self._go_on(job)

    async def _end(self) -> Document:
        faults: list[Fault] = []
        if not self._job["counts"]["rows"]:
            faults.append(Fault("no_rows"))
        elif self._job["complete"] and self._unnamed:
            faults.append(Fault("not_complete", about=self._unnamed))
        elif self._job["complete"]:
            await self._take_leavers()
        return await self._step(lambda tx: handlers.finish(tx, self._job, faults, self._clock()))

    async def _take_leavers(self) -> None:
        looking = True
        while looking:
            job = await self._mongo.transact(
                lambda tx: handlers.take_leavers(tx, self._job, self._seen, self._clock())
            )
            looking = job is not None
            if job is not None:
                await self._go_on(job)

    def _note(self, rows: Iterable[Row]) -> None:
        """Who is in the file, refused rows too: a row that can't be read is no sign that somebody left."""
        if not self._job["complete"]:
            return
        for row in rows:
            if row.employee_id:
                self._seen.add(person_id(self._job["agency"], row.employee_id))
            else:
                self._unnamed += 1

    async def _step(self, work: Callable[..., Awaitable[Document]]) -> Document:
        await self._go_on(await self._mongo.transact(work))
        return self._job

    async def _go_on(self, job: Document) -> None:
        self._job = job
        # The step number is what keeps two from doing the same.
        await self._moved()
