"""The door for files: an HR export is taken in as one job (D9)."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import uuid_utils
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field
from pymongo.errors import DuplicateKeyError
from starlette.datastructures import FormData, UploadFile

from services.directory.handlers import imports as handlers
from services.directory.rules.imports import headings, report
from services.directory.rules.imports.faults import Fault
from services.directory.store import imports as store
from shared.auth import Caller
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.mongo import Document, Mongo
from shared.web import idempotency
from shared.web.fields import Answer, Id
from shared.web.limits import BodyLimit
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1/imports", tags=["imports"])
MOST = 64_000_000
BODIES = {"/directory/v1/imports": BodyLimit(MOST)}
_PIECE = 1_000_000
_SHOWN_PROBLEMS = 100
_FLAGS = {"true": True, "false": False, "": False}
Writing = Annotated[Caller, Depends(Bearer("staff:write", people=True))]
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV: UTF-8 or Windows-1252; semicolon, comma, tab; at most 64 MB "
                            "/ CSV: UTF-8 eller Windows-1252; semikolon, komma, tabb; högst 64 MB",
                        },
                        "dry_run": {
                            "type": "boolean",
                            "default": False,
                            "description": "Only say what would happen / Säg bara vad som skulle hända",
                        },
                        "complete": {
                            "type": "boolean",
                            "default": False,
                            "description": "Everybody is in the file: who is not has left / "
                            "Alla finns i filen: den som saknas har slutat",
                        },
                        "mapping": {
                            "type": "string",
                            "description": "JSON: heading to field, or to null; kept for your next files "
                            "/ JSON: rubrik till fält, eller till null; gäller även era nästa filer",
                            "example": '{"Sign": "employee_id", "Kostnadsställe": null}',
                        },
                    },
                }
            }
        },
    }
}


class Counts(Answer):
    rows: int = Field(description="Read so far / Lästa hittills", examples=[412])
    applied: int = Field(description="New or changed / Nya eller ändrade", examples=[17])
    unchanged: int = Field(description="Known already / Redan kända", examples=[392])
    stale: int = Field(description="Something newer is known / Något nyare är känt", examples=[0])
    refused: int = Field(description="With faults / Med fel", examples=[3])
    held: int = Field(description="Waiting for a yes / Väntar på ett ja", examples=[0])
    left: int = Field(description="Not in the file, so left / Saknas i filen, alltså slutat", examples=[0])


class ImportProblem(Answer):
    row: int = Field(description="As a spreadsheet counts / Som i kalkylbladet", examples=[17])
    column: str = Field(description="The file's own heading / Filens egen rubrik", examples=["Anst.datum"])
    code: str = Field(examples=["not_a_day"])
    reason: str = Field(examples=["is not a day: write it as 2026-11-23"])
    reason_sv: str = Field(examples=["är inget datum: skriv det som 2026-11-23"])


class Import(Answer):
    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    state: Literal["waiting", "working", "done", "refused"] = Field(
        description="refused: nothing of the file could be read / refused: inget i filen gick att läsa",
        examples=["working"],
    )
    dry_run: bool = Field(description="Nothing is changed / Inget ändras", examples=[False])
    complete: bool = Field(
        description="Who is not in it has left / Den som saknas har slutat", examples=[False]
    )
    lines: int = Field(description="Lines in the file / Rader i filen", examples=[1_024])
    counts: Counts
    columns: dict[str, str] = Field(
        description="Heading to field / Rubrik till fält", examples=[{"Anst.nr": "employee_id"}]
    )
    unused: list[str] = Field(description="Headings without a use / Rubriker utan användning", examples=[[]])
    problems: list[ImportProblem] = Field(
        description="The first hundred; all are in the report / De första hundra; alla finns i rapporten"
    )
    report: str = Field(
        description="All problems as CSV / Alla fel som CSV",
        examples=["/directory/v1/imports/3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59/report"],
    )
    created_at: datetime = Field(examples=["2026-11-23T08:00:00Z"])


@router.post(
    "",
    status_code=202,
    response_model=Import,
    openapi_extra=_FORM,
    summary="Import an HR export / Läs in ett utdrag ur personalsystemet",
)
async def post_import(request: Request, caller: Writing, key: idempotency.Key = None) -> JSONResponse:
    """The file is kept and worked on afterwards: follow it with GET. The good rows are taken in whatever is
    wrong with others; what is known already is not taken in again. / Filen tas emot och läses in efteråt:
    följ den med GET. Riktiga rader läses in även om andra är fel.
    """
    _require_office(caller)
    mongo: Mongo = request.app.state.mongo
    async with request.form(max_files=1, max_fields=5) as form:
        file, told = _checked(form)
        fingerprint, lines = await _fingerprint(file, form)
        if key and (kept := await store.find_by_key(mongo.db, caller.agency, key)):
            return JSONResponse(await _again(mongo, kept, fingerprint), 202)
        now = request.app.state.clock()
        job = handlers.new_job(
            str(uuid_utils.uuid7()),
            caller.agency,
            dry_run=_flag(form, "dry_run"),
            complete=_flag(form, "complete"),
            key=key,
            fingerprint=fingerprint,
            lines=lines,
            now=now,
        )
        try:
            await handlers.keep_file(mongo.db, job, _pieces(file))
            await mongo.transact(lambda tx: handlers.begin(tx, job, told))
        except BaseException as error:
            await store.forget_pieces(mongo.db, job["_id"])
            if isinstance(error, DuplicateKeyError) and key:
                kept = await store.find_by_key(mongo.db, caller.agency, key)
                if kept:
                    return JSONResponse(await _again(mongo, kept, fingerprint), 202)
            raise
    return JSONResponse(await _answer(mongo, job), 202)


@router.get("/{import_id}", summary="How an import is getting on / Hur en inläsning går")
async def get_import(request: Request, caller: Writing, import_id: Id) -> Import:
    mongo: Mongo = request.app.state.mongo
    return Import.model_validate(await _answer(mongo, await _found(mongo, caller, import_id)))


@router.get(
    "/{import_id}/report",
    summary="All problems, as a file for a spreadsheet / Alla fel, som en fil för kalkylprogram",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_report(
    request: Request,
    caller: Writing,
    import_id: Id,
    language: Annotated[Literal["sv", "en"], Query(description="Of the texts / Texternas språk")] = "sv",
) -> StreamingResponse:
    mongo: Mongo = request.app.state.mongo
    job = await _found(mongo, caller, import_id)

    async def lines() -> AsyncIterator[bytes]:
        yield report.heading(language)
        async for each in store.each_fault(mongo.db, job["_id"]):
            fault = Fault(each["code"], each["column"], each["about"])
            yield report.line(each["row"], each["employee_id"], fault, language)

    named = {"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=named)


def _require_office(caller: Caller) -> None:
    if not caller.acts_for(caller.agency):
        raise Forbidden("This is for your agency's systems and coordinators.")


async def _found(mongo: Mongo, caller: Caller, import_id: str) -> Document:
    _require_office(caller)
    job = await store.find(mongo.db, caller.agency, import_id)
    if job is None:
        raise NotFound("There is no such import.")
    return job


def _checked(form: FormData) -> tuple[UploadFile, dict[str, str | None] | None]:
    """The file, and what the agency says of its headings."""
    wrong = {name: "is not a field of this form" for name in form if name not in _PARTS}
    file = form.get("file")
    if not isinstance(file, UploadFile):
        wrong["file"] = "is missing"
    for name in ("dry_run", "complete"):
        if str(form.get(name, "")).lower() not in _FLAGS:
            wrong[name] = "is true or false"
    told = _mapping(str(form.get("mapping") or "null"), wrong)
    if wrong or not isinstance(file, UploadFile):
        raise Invalid(**wrong)
    return file, told


_PARTS = frozenset({"file", "dry_run", "complete", "mapping"})


def _mapping(text: str, wrong: dict[str, str]) -> dict[str, str | None] | None:
    try:
        told: Any = json.loads(text)
    except ValueError:
        wrong["mapping"] = "is not JSON"
        return None
    if told is None:
        return None
    known = {*headings.FIELDS, None}
    if (
        not isinstance(told, dict)
        or len(told) > 100
        or not all(isinstance(v, str | None) for v in told.values())
    ):
        wrong["mapping"] = "is an object of at most 100 headings, each with a field's name or null"
        return None
    if unknown := sorted(str(field) for field in told.values() if field not in known):
        wrong["mapping"] = f"has fields that there are none of: {', '.join(unknown)}; there is " + ", ".join(
            headings.FIELDS
        )
    return {headings.fold(str(name)): field for name, field in told.items()}


def _flag(form: FormData, name: str) -> bool:
    return _FLAGS[str(form.get(name, "")).lower()]


async def _fingerprint(file: UploadFile, form: FormData) -> tuple[str, int]:
    """Of the file and what is to be done with it; and how many lines it has."""
    said = [str(form.get(name, "")).lower() for name in ("dry_run", "complete", "mapping")]
    digest, lines = hashlib.sha256("\0".join(said).encode()), 0
    async for piece in _pieces(file):
        digest.update(piece)
        lines += piece.count(b"\n")
    return digest.hexdigest(), lines


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while piece := await file.read(_PIECE):
        yield piece


async def _again(mongo: Mongo, kept: Document, fingerprint: str) -> dict[str, Any]:
    if kept["fingerprint"] != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request.")
    return await _answer(mongo, kept)


async def _answer(mongo: Mongo, job: Document) -> dict[str, Any]:
    faults = await store.faults(mongo.db, job["_id"], _SHOWN_PROBLEMS)
    shown = Import(
        id=job["_id"],
        counts=Counts(**job["counts"]),
        problems=[_problem(each) for each in faults],
        report=f"{router.prefix}/{job['_id']}/report",
        created_at=job["at"],
        **{name: job[name] for name in ("state", "dry_run", "complete", "lines", "columns", "unused")},
    )
    return shown.model_dump(mode="json")


def _problem(kept: Document) -> ImportProblem:
    fault = Fault(kept["code"], kept["column"], kept["about"])
    return ImportProblem(
        row=kept["row"],
        column=fault.column,
        code=fault.code,
        reason=fault.text("en"),
        reason_sv=fault.text("sv"),
    )
