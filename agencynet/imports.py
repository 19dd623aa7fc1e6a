"""An agency's HR export, taken in from here: by the job that the directory itself works on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uuid_utils

from agencynet.operations import database
from services.directory.handlers import imports as handlers
from services.directory.handlers.agencies import load_agency
from services.directory.importer import take_up
from services.directory.rules.imports import report
from services.directory.rules.imports.faults import Fault
from services.directory.store import imports as store
from shared.mongo import Document, Transaction
from shared.settings import ServiceSettings

_PIECE = 1_000_000


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
        await take_up(mongo, job, lambda: datetime.now(UTC), tell)
        return await store.find(mongo.db, agency, job["_id"]) or job


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
