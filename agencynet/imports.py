"""An agency's HR export, taken in from here: by the job that the directory itself works on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uuid_utils

from agencynet.operations import database
from services.directory.agencies.handlers.agencies import load_agency
from services.directory.imports import handlers, store
from services.directory.imports.rules import report
from services.directory.imports.rules.faults import Fault
from services.directory.imports.worker import kind
from shared.due import lanes
from shared.errors import CommandRefused
from shared.mongo import Document, Mongo, Transaction
from shared.observing.health import Progress
from shared.settings import ServiceSettings

_PIECE = 1_000_000
_LOOK, _PATIENCE = 0.3, 60.0


async def import_file(
    settings: ServiceSettings,
    agency: str,
    path: Path,
    *,
    dry_run: bool,
    complete: bool,
    tell: Callable[[Document], None],
) -> Document:
    """Works on it here and now, or watches a service that was quicker; returns the job when it is done.

    Raises:
        NotFound: there is no such agency.

    """
    async with database(settings, "directory") as mongo:
        job = handlers.new_job(
            str(uuid_utils.uuid7()),
            agency,
            dry_run=dry_run,
            complete=complete,
            key=None,
            fingerprint="",
            lines=_lines(path),
            now=datetime.now(UTC),
        )
        await handlers.keep_file(mongo.db, job, _pieces(path))
        await mongo.transact(partial(_begin, job=job))
        await _until_over(mongo, job, tell)
        return await store.find(mongo.db, agency, job["_id"]) or job


async def _until_over(mongo: Mongo, job: Document, tell: Callable[[Document], None]) -> None:
    """Work on what is due as the service does, beside it or in its place.

    Raises:
        CommandRefused: it failed three times and was set aside.

    """
    lane = lanes({"import": kind(_now)}, mongo, _now)["imports"]
    working = asyncio.create_task(lane.do(Progress(_PATIENCE)))
    try:
        while (now := await store.find(mongo.db, job["agency"], job["_id"])) and now["open"]:
            tell(now)
            row = await mongo.db.due.find_one({"_id": f"import/{job['_id']}"}, {"state": 1, "why": 1})
            if row and row["state"] == "aside":
                raise CommandRefused(
                    f"The import {job['_id']} failed three times and was set aside: {row['why']}."
                )
            await asyncio.wait([working], timeout=_LOOK)
            if working.done():
                working.result()
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _now() -> datetime:
    return datetime.now(UTC)


async def cancel(settings: ServiceSettings, agency: str, import_id: str) -> Document:
    """
    Raises:
        NotFound: the agency has no such import.

    """
    async with database(settings, "directory") as mongo:
        return await mongo.transact(lambda tx: handlers.cancel(tx, agency, import_id, _now()))


async def write_report(settings: ServiceSettings, job: Document, path: Path) -> None:
    async with database(settings, "directory") as mongo:
        with path.open("wb") as file:
            file.write(report.heading("sv"))
            async for each in store.each_fault(mongo.db, job["_id"]):
                fault = Fault(each["code"], each["column"], each["about"])
                file.write(report.line(each["row"], each["employee_id"], fault, "sv"))


async def first_problems(settings: ServiceSettings, job: Document, limit: int) -> list[dict[str, Any]]:
    async with database(settings, "directory") as mongo:
        return [
            {
                "row": each["row"],
                "column": each["column"],
                "reason": Fault(each["code"], "", each["about"]).text("en"),
            }
            for each in await store.faults(mongo.db, job["_id"], limit)
        ]


async def _begin(tx: Transaction, job: Document) -> None:
    await load_agency(tx, job["agency"])
    await handlers.begin(tx, job, None)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
