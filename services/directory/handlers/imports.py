"""Imports of HR exports, portion by portion: each is one transaction that also says how far the job is, so
a job that is taken up after a crash does nothing twice and leaves nothing out.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.directory.handlers.staff import take_in
from services.directory.handlers.submissions import Submission, as_kept
from services.directory.rules.imports.faults import Fault
from services.directory.rules.imports.rows import Row
from services.directory.rules.intake import Verdict
from services.directory.store import imports as store
from services.directory.store import people
from shared import trace
from shared.audit import entries as audit
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.errors import Conflict
from shared.mongo import Database, Document, Transaction
from shared.web.fields import now_ms

COUNTED = ("rows", "applied", "unchanged", "stale", "refused", "held", "left")
_PORTION = 500
KEPT_AFTER_DRY_RUN = timedelta(hours=1)


class TakenOver(Exception):  # noqa: N818
    """Another process has done this step."""


def new_job(
    import_id: str,
    agency: str,
    *,
    dry_run: bool,
    complete: bool,
    key: str | None,
    fingerprint: str,
    lines: int,
    now: datetime,
    file: str | None = None,
) -> Document:
    """`file` where it came with another job."""
    at = now_ms(now)
    cause = trace.current()
    job: Document = {
        "_id": import_id,
        "file": file or import_id,
        "agency": agency,
        "dry_run": dry_run,
        "complete": complete,
        "fingerprint": fingerprint,
        "state": "waiting",
        "open": True,
        "step": 0,
        "last_row": 0,
        "left_after": "",
        "lines": lines,
        "counts": dict.fromkeys(COUNTED, 0),
        "columns": {},
        "unused": [],
        "at": at,
        "version": int(at.timestamp() * 1000),
        "correlation": cause.correlation,
        "parent": cause.parent,
    }
    return {**job, "key": key} if key else job


async def keep_file(db: Database, job: Document, pieces: AsyncIterator[bytes]) -> None:
    n = 0
    async for piece in pieces:
        await store.add_piece(db, job["file"], n, piece, job["at"])
        n += 1


async def begin(tx: Transaction, job: Document, told: Mapping[str, str | None] | None) -> None:
    """`told` is what the agency says of its headings; it is remembered for its next files."""
    if told is not None:
        await store.remember_mapping(tx, job["agency"], told)
    await store.insert(tx, job)
    await audit.record(
        tx,
        "import.begun",
        agency=job["agency"],
        thing=f"import/{job['_id']}",
        dry_run=job["dry_run"],
        complete=job["complete"],
        lines=job["lines"],
        headings_told=told is not None,
    )


async def repeat(
    tx: Transaction, dry_run_id: str, job: Document, told: Mapping[str, str | None] | None
) -> None:
    """Begin `job` on the file that a dry run looked at.

    Raises:
        Conflict: it was no dry run, is not done, or was so long ago that the file is forgotten.
        DuplicateKeyError: the file is being taken in, or has been.

    """
    before = await store.load(tx, job["agency"], dry_run_id)
    if before is None or not before["dry_run"]:
        raise Conflict("Only a dry run can be repeated: it alone keeps its file.")
    if before["open"]:
        raise Conflict("The dry run is not done yet.")
    if not await store.keep_file_on(tx, job["file"]):
        raise Conflict("The file is no longer kept. Send it again.")
    await begin(tx, job, told)


async def note_columns(
    tx: Transaction, job: Document, columns: Mapping[str, str], unused: Sequence[str]
) -> Document:
    """Returns the job after, as the next steps do.

    Raises:
        TakenOver: another process has done this.

    """
    said = {"state": "working", "columns": dict(columns), "unused": list(unused)}
    return await _step(tx, job, {"$set": said}, [])


async def refuse(
    tx: Transaction,
    job: Document,
    faults: Iterable[Fault],
    row: int,
    columns: Mapping[str, str],
    unused: Sequence[str],
    now: datetime,
) -> Document:
    """The file as a whole can't be read, but perhaps its headings.

    Raises:
        TakenOver: another process has done this.

    """
    await _part_with_file(tx, job, now)
    refused = {"state": "refused", "open": False, "columns": dict(columns), "unused": list(unused)}
    return await _step(tx, job, {"$set": refused}, [(row, "", fault) for fault in faults])


async def take_rows(
    tx: Transaction, job: Document, rows: Sequence[Row], said: Collection[str], now: datetime
) -> Document:
    """`said` are the fields that the file has a column for; of others, what is known stays.

    Raises:
        TakenOver: another process has done this.

    """
    faults = [(row.number, row.employee_id, fault) for row in rows for fault in row.faults]
    good = [row for row in rows if row.record is not None]
    counts = {"rows": len(rows), "refused": len(rows) - len(good)}
    verdicts = await _submit(tx, job, good, said, now)
    for row, verdict in zip(good, verdicts, strict=True):
        counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
        if verdict.outcome not in {"applied", "unchanged"}:
            code = "stale" if verdict.outcome in {"stale", "refused"} else verdict.outcome
            faults.append((row.number, row.employee_id, Fault(code)))
    return await _step(tx, job, {"$set": {"last_row": rows[-1].number}, "$inc": _counted(counts)}, faults)


async def _submit(
    tx: Transaction, job: Document, rows: Sequence[Row], said: Collection[str], now: datetime
) -> list[Verdict]:
    agency = job["agency"]
    ids = [person_id(agency, row.employee_id) for row in rows]
    kept = await people.load_records(tx, set(ids)) if rows else {}
    records = [_with_known(row, kept.get(id_), said) for id_, row in zip(ids, rows, strict=True)]
    verdicts = [_beforehand(record, kept.get(id_)) for id_, record in zip(ids, records, strict=True)]
    cause = Trace(job["correlation"], job["parent"])
    news = [
        Submission(record, cause)
        for record, verdict in zip(records, verdicts, strict=True)
        if verdict.outcome == "applied"
    ]
    judged = iter(await take_in(tx, agency, news, now, door="file") if news and not job["dry_run"] else ())
    return [next(judged, verdict) if verdict.outcome == "applied" else verdict for verdict in verdicts]


def _with_known(row: Row, kept: Document | None, said: Collection[str]) -> StaffRecord:
    record = row.record
    assert record is not None  # noqa: S101 - what has none is not submitted
    if kept is None:
        return record
    known = StaffRecord.model_validate(kept["record"], strict=False)
    silent = [name for name in StaffRecord.model_fields if name not in said and name != "version"]
    if "status" in silent:
        # Who is in the list works there.
        silent.remove("status")
    return record.model_copy(update={name: getattr(known, name) for name in silent})


def _beforehand(record: StaffRecord, kept: Document | None) -> Verdict:
    """What is known under another version is nothing new."""
    if kept is None:
        return Verdict("applied")
    if kept["version"] > record.version:
        return Verdict("stale")
    same = {**kept["record"], "version": 0} == {**as_kept(record), "version": 0}
    return Verdict("unchanged" if same else "applied")


async def take_leavers(
    tx: Transaction, job: Document, seen: Collection[str], now: datetime
) -> Document | None:
    """Of the agency's next people, who is not in the file has left; None when all have been looked at.

    Raises:
        TakenOver: another process has done this.

    """
    looked_at = await store.people_after(tx, job["agency"], job["left_after"], _PORTION)
    if not looked_at:
        return None
    missing = [each["_id"] for each in looked_at if each["status"] == "active" and each["_id"] not in seen]
    kept = await people.load_records(tx, missing)
    gone = [
        StaffRecord.model_validate(document["record"], strict=False).model_copy(
            update={"status": "left", "version": job["version"]}
        )
        for document in kept.values()
        if document["version"] < job["version"]
    ]
    cause = Trace(job["correlation"], job["parent"])
    verdicts = [Verdict("applied")] * len(gone)
    if gone and not job["dry_run"]:
        verdicts = await take_in(tx, job["agency"], [Submission(each, cause) for each in gone], now)
    left = sum(verdict.outcome == "applied" for verdict in verdicts)
    held = [
        (0, record.employee_id, Fault("held"))
        for record, verdict in zip(gone, verdicts, strict=True)
        if verdict.outcome not in {"applied", "unchanged", "stale", "refused"}
    ]
    counts = _counted({"left": left, "held": len(held)})
    return await _step(tx, job, {"$set": {"left_after": looked_at[-1]["_id"]}, "$inc": counts}, held)


async def finish(tx: Transaction, job: Document, faults: Sequence[Fault], now: datetime) -> Document:
    """
    Raises:
        TakenOver: another process has done this.

    """
    await _part_with_file(tx, job, now)
    done = {"state": "done", "open": False, "done_at": now_ms(now)}
    return await _step(tx, job, {"$set": done}, [(0, "", fault) for fault in faults])


async def _part_with_file(tx: Transaction, job: Document, now: datetime) -> None:
    """It holds more about people than the network wants to know. After a dry run it is kept for as long as it
    takes to read what was found.
    """
    if job["dry_run"]:
        await store.forget_file_at(tx, store.file_of(job), now + KEPT_AFTER_DRY_RUN)
    else:
        await store.forget_file(tx, store.file_of(job))


async def _step(
    tx: Transaction, job: Document, changes: Mapping[str, Any], faults: Sequence[tuple[int, str, Fault]]
) -> Document:
    up = {**changes, "$inc": {**changes.get("$inc", {}), "step": 1}}
    after = await store.change(tx, job["_id"], job["step"], up)
    if after is None:
        raise TakenOver
    documents = [
        {
            "_id": f"{job['_id']}/{job['step']}/{n}",
            "import_id": job["_id"],
            "agency": job["agency"],
            "row": row,
            "n": n,
            "employee_id": employee_id,
            "at": job["at"],
            **fault._asdict(),
        }
        for n, (row, employee_id, fault) in enumerate(faults)
    ]
    await store.add_faults(tx, documents)
    return after


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"counts.{name}": n for name, n in counts.items() if n}
