"""Works on imports, one at a time in a process and each in one process; taken up again after a crash."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from services.directory.exports import Export, Unusable
from services.directory.handlers import imports as handlers
from services.directory.rules.imports.faults import Fault
from services.directory.rules.imports.rows import Row
from services.directory.store import imports as store
from shared import leases
from shared.contracts.ids import person_id
from shared.mongo import Document, Mongo, Transaction
from shared.rounds import keep_looking
from shared.service import Service

log = structlog.get_logger()
_TICK = 0.5
_PORTION = 500
Clock = Callable[[], datetime]


async def work_on_imports(service: Service) -> None:
    owner = leases.owner(service.mongo)

    async def look() -> None:
        for job in await store.waiting(service.mongo.db):
            if await _held(service.mongo, job, owner):
                await work_on(service.mongo, job, service.app.state.clock, owner)

    progress = service.health.watch("imports")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="imports.postponed")


async def take_up(mongo: Mongo, job: Document, clock: Clock, tell: Callable[[Document], None]) -> None:
    """Work on the job, or wait for whoever does; returns when it is done."""
    owner = leases.owner(mongo)
    while (now := await store.find(mongo.db, job["agency"], job["_id"])) and now["open"]:
        tell(now)
        if await _held(mongo, now, owner):
            await work_on(mongo, now, clock, owner, tell)
        else:
            await asyncio.sleep(_TICK)


async def work_on(
    mongo: Mongo, job: Document, clock: Clock, owner: str, tell: Callable[[Document], None] = lambda _: None
) -> None:
    """Do what is left of the job; `tell` hears of each step. Ends where another process went on with it."""
    with TemporaryDirectory() as folder, suppress(handlers.TakenOver):
        path = Path(folder) / "export.csv"
        await _fetch(mongo, job, path)
        job = await _Work(mongo, job, clock, owner, tell).do(path)
        await leases.release(mongo.db, _lease(job), owner)
        log.info("import.done", state=job["state"], **job["counts"])


async def _fetch(mongo: Mongo, job: Document, path: Path) -> None:
    with path.open("wb") as file:
        async for piece in store.pieces(mongo.db, store.file_of(job)):
            await asyncio.to_thread(file.write, piece)


class _Work:
    def __init__(
        self, mongo: Mongo, job: Document, clock: Clock, owner: str, tell: Callable[[Document], None]
    ) -> None:
        self._mongo = mongo
        self._job = job
        self._clock = clock
        self._owner = owner
        self._tell = tell
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
                await self._take_rows(left, export.table.said)
        return await self._end()

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
        self._tell(job)
        # Prolonged where it can be; the step number is what really keeps two from doing the same.
        await leases.hold(self._mongo.db, _lease(job), self._owner)


async def _held(mongo: Mongo, job: Document, owner: str) -> bool:
    return await leases.hold(mongo.db, _lease(job), owner)


def _lease(job: Document) -> str:
    return f"import/{job['_id']}"
