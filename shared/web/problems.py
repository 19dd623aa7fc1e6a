"""RFC 9457 problems: every wrong field at once, never an internal message."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from shared.errors import Invalid, Refused, WrongField
from shared.mongo import is_transient
from shared.observing import trace
from shared.web.methods import LiteralPaths, Reading, allowed
from shared.web.reasons import wrong_field
from shared.web.refusals import (
    BadRequest,
    BodyIsNotJson,
    BodyIsOfAnotherKind,
    DatabaseIsAway,
    MethodIsNotAllowed,
    NoSuchPath,
    OurFault,
)

log = structlog.get_logger()


Parameters = Annotated[
    dict[str, str | int | float],
    Field(
        default={},
        description="What `type` needs for its words, by name / Det som orden för `type` behöver",
        examples=[{"least": 1}],
    ),
]


class FieldProblem(BaseModel):
    field: str = Field(examples=["capacity"])
    reason: str = Field(examples=["must be at least 1"])
    type: str = Field(
        description="As of the problem, of this field / Som problemets, för fältet",
        examples=["/problems/is-too-small"],
    )
    parameters: Parameters


class Problem(BaseModel):
    """RFC 9457. Problem / Fel."""

    type: str = Field(
        description="What kind of problem it is; stable, and `GET /problems` lists them all / "
        "Vilket slags problem det är; ändras inte, och `GET /problems` visar alla",
        examples=["/problems/fields-are-wrong"],
    )
    title: str = Field(examples=["Fields are wrong"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The request has 1 wrong field."])
    instance: str = Field(examples=["urn:uuid:019358a0-0000-7000-8000-000000000000"])
    parameters: Parameters
    errors: list[FieldProblem] = Field(default=[], description="Every wrong field / Alla fält som är fel")


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": Problem,
        "description": "What is wrong and what to do / Vad som är fel och vad du kan göra",
    }
}
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
_OF_FRAMEWORK: dict[int, type[Refused]] = {404: NoSuchPath, 405: MethodIsNotAllowed}


def problem(
    refusal: Refused,
    errors: Sequence[FieldProblem] = (),
    headers: dict[str, str] | None = None,
    detail: str = "",
) -> JSONResponse:
    body = Problem(
        type=refusal.uri(),
        title=refusal.title,
        status=refusal.status,
        detail=detail or str(refusal),
        instance=f"urn:uuid:{trace.current().correlation}",
        parameters=refusal.parameters,
        errors=list(errors),
    )
    return JSONResponse(
        body.model_dump(exclude_defaults=False),
        status_code=refusal.status,
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
            return _invalid_fields(error.fields.items())
        return problem(error, headers=_HEADERS.get(error.status))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = allowed(app, request.url.path)
        return problem(_OF_FRAMEWORK.get(error.status_code, BadRequest)(str(error.detail)), headers=headers)

    @app.exception_handler(PyMongoError)
    @app.exception_handler(TimeoutError)
    async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
        if not is_transient(error):
            return bug(error)
        log.warning("request.postponed", error=type(error).__name__)
        refusal = DatabaseIsAway("The database is away or has too much to do just now. Try again.")
        return problem(refusal, headers=_HEADERS[503])

    @app.exception_handler(Exception)
    async def _bug(_request: Request, error: Exception) -> JSONResponse:
        return bug(error)


def bug(error: Exception) -> JSONResponse:
    log.error("request.failed", exc_info=error)
    return problem(OurFault("Something went wrong on our side. Quote the instance when you report it."))


def _of_another_kind(request: Request, error: RequestValidationError) -> JSONResponse | None:
    """A body that was not read, for it is not said to be JSON (or a form)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json") or not request.headers.get("content-type"):
        return None
    if kind.startswith("multipart/") or all(item["loc"] != ("body",) for item in error.errors()):
        return None
    refusal = BodyIsOfAnotherKind("Send the body as application/json.")
    return problem(refusal, headers={"Accept": "application/json"})


def problem_of_validation(error: RequestValidationError) -> JSONResponse:
    errors = error.errors()
    if any(item["type"] == "json_invalid" for item in errors):
        return problem(BodyIsNotJson())
    return _invalid_fields((_field(item["loc"]), wrong_field(item)) for item in errors)


def _field(place: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in place if part not in {"body", "query", "path", "header"})


def _invalid_fields(fields: Iterable[tuple[str, WrongField]]) -> JSONResponse:
    """All of them at once; a field may be named more than once."""
    wrong = [
        FieldProblem(field=name, reason=str(each), type=each.uri(), parameters=each.parameters)
        for name, each in fields
    ]
    detail = "The request has 1 wrong field."
    if len(wrong) != 1:
        detail = f"The request has {len(wrong)} wrong fields."
    return problem(Invalid(), wrong, detail=detail)
