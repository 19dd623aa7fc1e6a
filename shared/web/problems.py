"""RFC 9457 problems: every wrong field at once, never an internal message."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from shared.auth import Unknown
from shared.errors import Conflict, Expired, Forbidden, Invalid, NotFound, PreconditionFailed, Refused
from shared.mongo import is_transient
from shared.observing import trace
from shared.web.methods import LiteralPaths, Reading, allowed
from shared.web.reasons import reason

log = structlog.get_logger()


class FieldProblem(BaseModel):
    field: str = Field(examples=["capacity"])
    reason: str = Field(examples=["must be at least 1"])


class Problem(BaseModel):
    """RFC 9457. Problem / Fel."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The request has 1 wrong field."])
    instance: str = Field(examples=["urn:uuid:019358a0-0000-7000-8000-000000000000"])
    errors: list[FieldProblem] = Field(default=[], description="Every wrong field / Alla fält som är fel")


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": Problem,
        "description": "What is wrong and what to do / Vad som är fel och vad du kan göra",
    }
}
_STATUS: dict[type[Refused], int] = {
    NotFound: 404,
    Conflict: 409,
    Expired: 410,
    Forbidden: 403,
    PreconditionFailed: 412,
    Refused: 422,
}


def problem(
    status: int, detail: str, errors: Sequence[FieldProblem] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=f"urn:uuid:{trace.current().correlation}",
        errors=list(errors),
    )
    return JSONResponse(
        body.model_dump(exclude_defaults=False),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Make every failure of `app` answer as a problem."""
    app.add_middleware(LiteralPaths)
    app.add_middleware(Reading)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _of_another_kind(request, error) or problem_of_validation(error)

    @app.exception_handler(Refused)
    async def _refused(_request: Request, error: Refused) -> JSONResponse:
        if isinstance(error, Invalid):
            wrong = [FieldProblem(field=name, reason=reason) for name, reason in error.fields.items()]
            return problem(422, _count(len(wrong)), wrong)
        status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
        return problem(status, str(error))

    @app.exception_handler(Unknown)
    async def _unknown(_request: Request, _error: Unknown) -> JSONResponse:
        detail = "Send a valid token: Authorization: Bearer <token>."
        return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = allowed(app, request.url.path)
        return problem(error.status_code, str(error.detail), headers=headers)

    @app.exception_handler(PyMongoError)
    @app.exception_handler(TimeoutError)
    async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
        if not is_transient(error):
            return bug(error)
        log.warning("request.postponed", error=type(error).__name__)
        detail = "The database is away or has too much to do just now. Try again."
        return problem(503, detail, headers={"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def _bug(_request: Request, error: Exception) -> JSONResponse:
        return bug(error)


def bug(error: Exception) -> JSONResponse:
    log.error("request.failed", exc_info=error)
    return problem(500, "Something went wrong on our side. Quote the instance when you report it.")


def _of_another_kind(request: Request, error: RequestValidationError) -> JSONResponse | None:
    """A body that was not read, for it is not said to be JSON (or a form)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json") or not request.headers.get("content-type"):
        return None
    if kind.startswith("multipart/") or all(item["loc"] != ("body",) for item in error.errors()):
        return None
    return problem(415, "Send the body as application/json.", headers={"Accept": "application/json"})


def problem_of_validation(error: RequestValidationError) -> JSONResponse:
    errors = error.errors()
    if any(item["type"] == "json_invalid" for item in errors):
        return problem(400, "The body is not JSON.")
    wrong = [
        FieldProblem(
            field=".".join(
                str(part) for part in item["loc"] if part not in {"body", "query", "path", "header"}
            ),
            reason=reason(item),
        )
        for item in errors
    ]
    return problem(422, _count(len(wrong)), wrong)


def _count(wrong: int) -> str:
    return "The request has 1 wrong field." if wrong == 1 else f"The request has {wrong} wrong fields."
