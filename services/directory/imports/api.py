"""The door for files: an HR export is taken in as one job (D9)."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import uuid_utils
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pymongo.errors import DuplicateKeyError
from starlette.datastructures import FormData, UploadFile

from services.directory.imports import handlers, refusals, store
from services.directory.imports.exports import too_wide
from services.directory.imports.rules import headings, report
from services.directory.imports.rules.faults import Fault
from services.directory.imports.rules.limits import LONGEST_HEADING, LineLengths
from services.directory.imports.schemas import (
    FORM,
    MOST_TOLD,
    Counts,
    Import,
    ImportLine,
    ImportProblem,
    Repetition,
)
from shared.auth import Caller
from shared.errors import Conflict, Invalid, WrongField
from shared.mongo import Document, Mongo
from shared.refusals import IsForCoordinators
from shared.web import idempotency
from shared.web.fields import Id, Page
from shared.web.idempotency import KeyIsUsed
from shared.web.limits import BodyLimit
from shared.web.needs import Db, Now, Pages, Transactions
from shared.web.policy import Bearer
from shared.wrong_fields import IsMissing, IsNotBoolean, IsNotKnown

router = APIRouter(prefix="/directory/v1/imports", tags=["imports"])
MOST = 64_000_000
BODIES = {"/directory/v1/imports": BodyLimit(MOST)}
_PIECE = 1_000_000
_SHOWN_PROBLEMS = 100
_SHOWN_FIELDS, _SHOWN_OF_A_FIELD = 5, 60
_FLAGS = {"true": True, "false": False, "": False}
Writing = Annotated[Caller, Depends(Bearer("staff:write", people=True))]


@router.post(
    "",
    status_code=202,
    response_model=Import,
    openapi_extra=FORM,
    summary="Import an HR export / Läs in ett utdrag ur personalsystemet",
)
async def post_import(
    request: Request, mongo: Transactions, db: Db, now: Now, caller: Writing, key: idempotency.Key = None
) -> JSONResponse:
    """The file is kept and worked on afterwards: follow it with GET. The good rows are taken in whatever is
    wrong with others; what is known already is not taken in again. / Filen tas emot och läses in efteråt:
    följ den med GET. Riktiga rader läses in även om andra är fel.
    """
    _require_office(caller)
    async with request.form(max_files=1, max_fields=5) as form:
        file, told = _checked(form)
        fingerprint, lengths = await _fingerprint(file, form)
        if key and (kept := await store.find_by_key(db, caller.agency, key)):
            return JSONResponse(await _again(mongo, kept, fingerprint), 202)
        await _require_width(mongo, caller.agency, file, told, lengths.longest)
        job = handlers.new_job(
            str(uuid_utils.uuid7()),
            caller.agency,
            dry_run=_flag(form, "dry_run"),
            complete=_flag(form, "complete"),
            key=key,
            fingerprint=fingerprint,
            lines=lengths.count,
            now=now,
        )
        try:
            await handlers.keep_file(db, job, _pieces(file))
            await mongo.transact(lambda tx: handlers.begin(tx, job, told))
        except BaseException as error:
            await store.forget_pieces(db, job["_id"])
            if isinstance(error, DuplicateKeyError) and key:
                kept = await store.find_by_key(db, caller.agency, key)
                if kept:
                    return JSONResponse(await _again(mongo, kept, fingerprint), 202)
            raise
    return JSONResponse(await _answer(mongo, job), 202)


@router.get("", summary="Imports, the latest first / Inläsningar, den senaste först")
async def list_imports(db: Db, caller: Writing, paging: Pages) -> Page[ImportLine]:
    """Of the last 30 days. / De senaste 30 dagarna."""
    _require_office(caller)
    jobs = await store.page(db, caller.agency, paging.offset, paging.fetch)
    return Page(**paging.of([ImportLine(**_line(job)) for job in jobs]))


@router.post(
    "/{import_id}/repetitions",
    status_code=202,
    summary="The file of a dry run again, in earnest or with other headings / En prövad fil igen, på riktigt "
    "eller med andra rubriker",
)
async def repeat_import(
    mongo: Transactions, db: Db, now: Now, caller: Writing, import_id: Id, body: Repetition
) -> Import:
    """For an hour after the dry run. In earnest a file is taken in once: the same again is the same job. /
    Inom en timme efter prövningen. På riktigt läses en fil in en gång: samma sak igen är samma jobb.
    """
    tried = await _found(mongo, caller, import_id)
    told = None if body.mapping is None else _told(body.mapping)
    job = handlers.new_job(
        str(uuid_utils.uuid7()),
        caller.agency,
        dry_run=body.dry_run,
        complete=tried["complete"],
        key=None,
        fingerprint=tried["fingerprint"],
        lines=tried["lines"],
        now=now,
        file=store.file_of(tried),
    )
    try:
        await mongo.transact(lambda tx: handlers.repeat(tx, import_id, job, told))
    except (DuplicateKeyError, Conflict):
        begun = None if body.dry_run else await store.find_real(db, job["file"])
        if begun is None:
            raise
        job = begun
    return Import.model_validate(await _answer(mongo, job))


@router.post("/{import_id}/cancellation", summary="Stop an import / Avbryt en inläsning")
async def cancel_import(mongo: Transactions, now: Now, caller: Writing, import_id: Id) -> Import:
    """It stops at its next step; what has been taken in by then stays. The same again changes nothing. / Den
    stannar vid nästa steg; det som redan har lästs in är kvar. Samma sak igen ändrar inget.
    """
    _require_office(caller)
    job = await mongo.transact(lambda tx: handlers.cancel(tx, caller.agency, import_id, now))
    return Import.model_validate(await _answer(mongo, job))


@router.get("/{import_id}", summary="How an import is getting on / Hur en inläsning går")
async def get_import(mongo: Transactions, caller: Writing, import_id: Id) -> Import:
    return Import.model_validate(await _answer(mongo, await _found(mongo, caller, import_id)))


@router.get(
    "/{import_id}/report",
    summary="All problems, as a file for a spreadsheet / Alla fel, som en fil för kalkylprogram",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_report(
    mongo: Transactions,
    db: Db,
    caller: Writing,
    import_id: Id,
    language: Annotated[Literal["sv", "en"], Query(description="Of the texts / Texternas språk")] = "sv",
) -> StreamingResponse:
    job = await _found(mongo, caller, import_id)

    async def lines() -> AsyncIterator[bytes]:
        yield report.heading(language)
        async for each in store.each_fault(db, job["_id"]):
            fault = Fault(each["code"], each["column"], each["about"])
            yield report.line(each["row"], each["employee_id"], fault, language)

    named = {"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=named)


def _require_office(caller: Caller) -> None:
    if not caller.acts_for(caller.agency):
        raise IsForCoordinators("This is for your agency's systems and coordinators.")


async def _found(mongo: Mongo, caller: Caller, import_id: str) -> Document:
    _require_office(caller)
    job = await store.find(mongo.db, caller.agency, import_id)
    if job is None:
        raise refusals.NoSuchImport
    return job


def _checked(form: FormData) -> tuple[UploadFile, dict[str, str | None] | None]:
    """The file, and what the agency says of its headings."""
    wrong: dict[str, WrongField] = {
        name: IsNotKnown("is not a field of this form") for name in form if name not in _PARTS
    }
    file = form.get("file")
    if not isinstance(file, UploadFile):
        wrong["file"] = IsMissing()
    for name in ("dry_run", "complete"):
        if str(form.get(name, "")).lower() not in _FLAGS:
            wrong[name] = IsNotBoolean("is true or false")
    told = _mapping(str(form.get("mapping") or "null"), wrong)
    if wrong or not isinstance(file, UploadFile):
        raise Invalid(**wrong)
    return file, told


_PARTS = frozenset({"file", "dry_run", "complete", "mapping"})


def _mapping(text: str, wrong: dict[str, WrongField]) -> dict[str, str | None] | None:
    try:
        told: Any = json.loads(text)
    except ValueError:
        wrong["mapping"] = refusals.MappingIsNotJson("is not JSON")
        return None
    if told is None:
        return None
    if (
        not isinstance(told, dict)
        or len(told) > MOST_TOLD
        or not all(isinstance(v, str | None) for v in told.values())
    ):
        wrong["mapping"] = refusals.MappingIsNotObject(
            f"is an object of at most {MOST_TOLD} headings, each with a field's name or null", most=MOST_TOLD
        )
        return None
    if any(len(name) > LONGEST_HEADING for name in told):
        wrong["mapping"] = refusals.HeadingIsTooLong(
            f"has a heading that is longer than {LONGEST_HEADING} characters", most=LONGEST_HEADING
        )
        return None
    try:
        return _told(told)
    except Invalid as error:
        wrong |= error.fields
        return None


def _told(mapping: Mapping[str, str | None]) -> dict[str, str | None]:
    """
    Raises:
        Invalid: there is no such field.

    """
    if unknown := sorted(
        field for field in mapping.values() if field is not None and field not in headings.FIELDS
    ):
        named = ", ".join(field[:_SHOWN_OF_A_FIELD] for field in unknown[:_SHOWN_FIELDS])
        said = f"has fields that there are none of: {named}; there is " + ", ".join(headings.FIELDS)
        raise Invalid(mapping=refusals.MappingHasNoSuchField(said))
    return {headings.fold(name): field for name, field in mapping.items() if headings.fold(name)}


def _flag(form: FormData, name: str) -> bool:
    return _FLAGS[str(form.get(name, "")).lower()]


async def _fingerprint(file: UploadFile, form: FormData) -> tuple[str, LineLengths]:
    """Of the file and what is to be done with it; and its lines."""
    said = [str(form.get(name, "")).lower() for name in ("dry_run", "complete", "mapping")]
    digest, lengths = hashlib.sha256("\0".join(said).encode()), LineLengths()
    async for piece in _pieces(file):
        digest.update(piece)
        await asyncio.to_thread(lengths.add, piece)
    return digest.hexdigest(), lengths


async def _require_width(
    mongo: Mongo, agency: str, file: UploadFile, told: Mapping[str, str | None] | None, longest_line: int
) -> None:
    """
    Raises:
        Invalid: the file is wider than what is worked on.

    """
    known = {**await store.mapping(mongo.db, agency), **(told or {})}
    await file.seek(0)
    beginning = await file.read(_PIECE)
    if faults := await asyncio.to_thread(too_wide, beginning, known, longest_line):
        raise Invalid(file=refusals.FileIsTooWide("; ".join(fault.text("en") for fault in faults)))


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while piece := await file.read(_PIECE):
        yield piece


async def _again(mongo: Mongo, kept: Document, fingerprint: str) -> dict[str, Any]:
    if kept["fingerprint"] != fingerprint:
        raise KeyIsUsed
    return await _answer(mongo, kept)


async def _answer(mongo: Mongo, job: Document) -> dict[str, Any]:
    faults = await store.faults(mongo.db, job["_id"], _SHOWN_PROBLEMS)
    shown = Import(
        problems=[_problem(each) for each in faults],
        report=f"{router.prefix}/{job['_id']}/report",
        columns=job["columns"],
        unused=job["unused"],
        **_line(job),
    )
    return shown.model_dump(mode="json")


def _line(job: Document) -> dict[str, Any]:
    told = {name: job[name] for name in ("state", "dry_run", "complete", "lines")}
    return {"id": job["_id"], "counts": Counts(**job["counts"]), "created_at": job["at"], **told}


def _problem(kept: Document) -> ImportProblem:
    fault = Fault(kept["code"], kept["column"], kept["about"])
    return ImportProblem(
        row=kept["row"],
        column=fault.column,
        code=fault.code,
        reason=fault.text("en"),
        reason_sv=fault.text("sv"),
    )
