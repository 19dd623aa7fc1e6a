"""Imports of HR exports, portion by portion: each is one transaction that also says how far the job is, so
a job that is taken up after a crash does nothing twice and leaves nothing out.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.directory.imports import refusals, store
from services.directory.imports.rules.faults import Fault
from services.directory.imports.rules.rows import Row
from services.directory.intake.handlers.staff import take_in
from services.directory.intake.handlers.submissions import Salvaged, Submission, as_kept
from services.directory.intake.rules.identity import are_called_alike, near_ids, who
from services.directory.intake.rules.intake import (
    APPLIED,
    NEARLY_KNOWN,
    SOMEBODY_ELSE,
    UNCHANGED,
    Verdict,
    overtook,
)
from services.directory.people.store import profiles
from shared import due
from shared.audit import entries as audit
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord, read_kept
from shared.moments import now_ms
from shared.mongo import Database, Document, Transaction
from shared.observing import trace

COUNTED = ("rows", "applied", "unchanged", "stale", "refused", "held", "left")
_PORTION = 500
_CODES = {NEARLY_KNOWN.refusal: "nearly_known", SOMEBODY_ELSE.refusal: "somebody_else"}
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
    data = {"agency": job["agency"], "import": job["_id"]}
    cause = Trace(job["correlation"], job["parent"])
    await due.schedule(tx, [due.Row(_row(job), "import", f"agency/{job['agency']}", job["at"], data, cause)])
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


async def cancel(tx: Transaction, agency: str, import_id: str, now: datetime) -> Document:
    """Whoever works on it stops at its next step; what has been taken in by then stays. One that is over, or
    cancelled already, stays as it is.

    Raises:
        NotFound: the agency has no such import.

    """
    job = await store.load(tx, agency, import_id)
    if job is None:
        raise refusals.NoSuchImport
    if not job["open"]:
        return job
    await _part_with_file(tx, job, now)
    await due.cancel(tx, [_row(job)])
    cancelled = {"state": "cancelled", "open": False, "done_at": now_ms(now)}
    after = await _step(tx, job, {"$set": cancelled}, [])
    await audit.record(tx, "import.cancelled", agency=agency, thing=f"import/{import_id}")
    return after


def _row(job: Document) -> str:
    return f"import/{job['_id']}"


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
        raise refusals.OnlyDryRunIsRepeated
    if before["open"]:
        raise refusals.DryRunIsNotDone
    if not await store.keep_file_on(tx, job["file"]):
        raise refusals.FileIsNotKept("The file is no longer kept. Send it again.")
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
    counts = {"rows": len(rows)}
    for row, verdict in zip(rows, await _submit(tx, job, rows, said, now), strict=True):
        counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
        codes = [f"{each}_in_force" for each in verdict.holds]
        if row.record is not None and verdict.outcome not in {"applied", "unchanged"}:
            codes.insert(0, _code(verdict))
        faults += [(row.number, row.employee_id, Fault(code)) for code in codes]
        if verdict is NEARLY_KNOWN:
            counts["nearly_known"] = counts.get("nearly_known", 0) + 1
    return await _step(tx, job, {"$set": {"last_row": rows[-1].number}, "$inc": _counted(counts)}, faults)


async def pass_over(tx: Transaction, job: Document, row: Row) -> Document:
    """One that we fail on, whatever its agency wrote.

    Raises:
        TakenOver: another process has done this.

    """
    counts = _counted({"rows": 1, "refused": 1})
    fault = (row.number, row.employee_id, Fault("failed"))
    return await _step(tx, job, {"$set": {"last_row": row.number}, "$inc": counts}, [fault])


def _code(verdict: Verdict) -> str:
    if verdict.outcome == "held":
        return "held"
    return _CODES.get(verdict.refusal, "stale")


async def _submit(
    tx: Transaction, job: Document, rows: Sequence[Row], said: Collection[str], now: datetime
) -> list[Verdict]:
    """Each row's verdict; that of a row without a record is that it is refused, and what of it holds."""
    agency, cause = job["agency"], Trace(job["correlation"], job["parent"])
    named = [row.employee_id for row in rows if row.employee_id]
    bases = {employee_id: person_id(agency, employee_id) for employee_id in named}
    known = await profiles.load_current(tx, agency, bases)
    strangers = [row for row in rows if row.record is not None and bases[row.employee_id] not in known]
    nearly_known = await _nearly_known(tx, agency, strangers) if known or strangers else set[str]()
    verdicts: list[Verdict] = []
    submissions: list[tuple[int, Submission | Salvaged]] = []
    for place, row in enumerate(rows):
        before = known.get(bases.get(row.employee_id, ""))
        if row.record is None:
            facts = row.facts if before and before["employee_id"] else None
            # What a dry run says would be in force.
            verdicts.append(Verdict("refused", holds=facts.holds if facts else ()))
            if facts is not None:
                submissions.append((place, Salvaged(facts, "", cause)))
            continue
        record = _with_known(row.record, before, said)
        verdict = NEARLY_KNOWN if row.employee_id in nearly_known else _beforehand(record, before, job)
        verdicts.append(verdict)
        if verdict is APPLIED:
            submissions.append((place, Submission(record, cause)))
    if not job["dry_run"]:
        judged = await take_in(tx, agency, [each for _, each in submissions], now, door="file")
        for (place, _), verdict in zip(submissions, judged, strict=True):
            verdicts[place] = verdict
    return verdicts


def _with_known(record: StaffRecord, before: Document | None, said: Collection[str]) -> StaffRecord:
    """Of what the file has no column for, what is known stays."""
    if before is None or not before["employee_id"]:
        return record
    known = read_kept(before["record"])
    if who(known.model_copy(update={"status": before["status"]}), record) == "somebody_else":
        return record
    silent = [name for name in StaffRecord.model_fields if name not in said and name != "version"]
    if "status" in silent:
        # Who is in the list works there.
        silent.remove("status")
    return record.model_copy(update={name: getattr(known, name) for name in silent})


def _beforehand(record: StaffRecord, before: Document | None, job: Document) -> Verdict:
    """What is known under another version is nothing new."""
    if before is None:
        return APPLIED
    if overtook(before, job["version"], job["at"]):
        return Verdict("stale")
    kept = as_kept(read_kept(before["record"]))
    same = {**kept, "version": 0, "employee_id": ""} == {**as_kept(record), "version": 0, "employee_id": ""}
    return UNCHANGED if same else APPLIED


async def _nearly_known(tx: Transaction, agency: str, rows: Sequence[Row]) -> set[str]:
    """Employee ids of people nobody knows whose names belong to somebody with nearly that id: a spreadsheet
    takes leading zeros away.
    """
    near = {row.employee_id: near_ids(row.employee_id) for row in rows}
    if not any(near.values()):
        return set()
    bases = {each: person_id(agency, each) for ids in near.values() for each in ids}
    known = await profiles.load_current(tx, agency, bases)
    found: set[str] = set()
    for row in rows:
        alike = [known[bases[each]] for each in near[row.employee_id] if bases[each] in known]
        record = row.record
        if record and any(each["status"] == "active" and are_called_alike(each, record) for each in alike):
            found.add(row.employee_id)
    return found


async def take_leavers(
    tx: Transaction, job: Document, seen: Collection[str], now: datetime
) -> Document | None:
    """Of the agency's next people, who is not in the file has left; None when all have been looked at. `seen`
    are the person ids that the file's employee ids make.

    Raises:
        TakenOver: another process has done this.

    """
    if job["counts"].get("nearly_known"):
        return None
    agency = job["agency"]
    looked_at = await store.people_after(tx, agency, job["left_after"], _PORTION)
    if not looked_at:
        return None
    missing = [
        each["_id"]
        for each in looked_at
        if each["status"] == "active" and person_id(agency, each["employee_id"]) not in seen
    ]
    known = await profiles.load_many(tx, missing)
    gone = [
        read_kept(document["record"]).model_copy(update={"status": "left", "version": job["version"]})
        for document in known.values()
        if not overtook(document, job["version"], job["at"])
    ]
    cause = Trace(job["correlation"], job["parent"])
    verdicts = [APPLIED] * len(gone)
    if gone and not job["dry_run"]:
        verdicts = await take_in(tx, agency, [Submission(each, cause) for each in gone], now, door="file")
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
    if job["complete"] and (doubtful := job["counts"].get("nearly_known")):
        faults = [*faults, Fault("nobody_left", about=doubtful)]
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
