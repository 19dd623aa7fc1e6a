"""The OpenAPI description as it is published: what FastAPI leaves out or says otherwise than it is."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.web import catalogue

Operation = dict[str, Any]
_INSTANCE = "urn:uuid:019358a0-0000-7000-8000-000000000000"
_SAID = {
    "200": "What was asked for / Det som efterfrågades",
    "201": "Made / Skapat",
    "202": "Taken in; Location is where to follow it / Mottaget; följ det via Location",
    "204": "Done / Utfört",
    "400": "The body is not JSON / Innehållet är inte JSON",
    "401": "No valid token / Giltig nyckel saknas",
    "403": "The caller may see this, but not do it / Anroparen får se detta men inte göra det",
    "404": "There is none, or none that the caller may know of / Finns inte, eller inte för anroparen",
    "408": "The request took too long to come / Anropet kom för långsamt",
    "409": "Its state does not allow this / Läget tillåter inte detta",
    "412": "It has changed since it was read / Det har ändrats sedan det lästes",
    "413": "The body is too large / Innehållet är för stort",
    "415": "The body is of another kind than the operation reads / Fel slags innehåll",
    "422": "Fields are wrong, each by its name / Fält är fel, vart och ett med sitt namn",
    "500": "Something went wrong on our side / Något gick fel hos oss",
    "503": "Try again in a few seconds / Försök igen om några sekunder",
}
_LOCATION = {
    "description": "Where it is / Var det finns",
    "schema": {"type": "string", "format": "uri-reference"},
    "example": "/directory/v1/groups/3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
}
_RETRY = {"description": "Seconds / Sekunder", "schema": {"type": "integer"}, "example": 5}


def describe(app: FastAPI, service: str) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is to be."""

    def published() -> dict[str, Any]:
        if app.openapi_schema is None:
            # The first of each status, and the service's own before those that all have.
            own_first = sorted(
                catalogue.kinds(service), key=lambda kind: kind.__module__.startswith("shared.")
            )
            app.openapi_schema = _mended(
                _made(app), {catalogue.status(kind): kind for kind in own_first[::-1]}
            )
        return app.openapi_schema

    return published


def _made(app: FastAPI) -> dict[str, Any]:
    return get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": "/", "description": "This service / Den här tjänsten"}],
    )


def _mended(document: dict[str, Any], shown: Mapping[str, catalogue.Kind]) -> dict[str, Any]:
    """`shown` by status."""
    for method, operation in _operations(document):
        public = "security" not in operation
        operation.setdefault("security", [])
        responses: Operation = operation["responses"]
        responses.pop("422", None)
        for code in _failures(method, operation, public=public):
            responses[code] = {"description": _SAID[code], "content": _problem(shown.get(code))}
            if code == "503":
                responses[code]["headers"] = {"Retry-After": _RETRY}
        for code, response in responses.items():
            if response.get("description") == "Successful Response":
                response["description"] = _SAID.get(code, _SAID["200"])
            if code[0] in "45":
                response["content"] = _problem(shown.get(code))
            if code in {"201", "202"}:
                response.setdefault("headers", {})["Location"] = _LOCATION
    for schema in document.get("components", {}).get("schemas", {}).values():
        for field in schema.get("properties", {}).values():
            _leave_out_what_is_none(field)
    return document


def _problem(kind: catalogue.Kind | None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if kind is not None:
        content["example"] = {
            "type": kind.uri(),
            "title": kind.title,
            "status": int(catalogue.status(kind)),
            "detail": f"{kind.title}.",
            "instance": _INSTANCE,
            "parameters": dict.fromkeys(kind.takes, "…"),
            "errors": [],
        }
    return {"application/problem+json": content}


def _leave_out_what_is_none(field: dict[str, Any]) -> None:
    """What stands for "not given" inside is no value that may be sent."""
    none = field.get("default")
    if (none == "" and field.get("minLength")) or (none == [] and field.get("minItems")):
        del field["default"]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path in document["paths"].values():
        yield from path.items()


def _failures(method: str, operation: Operation, *, public: bool) -> Iterator[str]:
    given = operation.get("parameters", [])
    # /healthz and its like ask nobody and nothing.
    if not public or given or "requestBody" in operation:
        yield from () if public else ("401", "403")
        if any(each["in"] == "path" for each in given):
            yield "404"
        if given or "requestBody" in operation:
            yield "422"
        yield "503"
    if "requestBody" in operation:
        yield from ("400", "408", "413", "415")
    if method != "get" and not public:
        yield "409"
    if any(each["name"].lower() == "if-match" for each in given):
        yield "412"
    yield "500"
