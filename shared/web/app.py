"""One service's HTTP: its own routes, and those that every service has."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.audit import actors
from shared.observing import trace
from shared.observing.health import Health
from shared.web import catalogue, docs, openapi, problems
from shared.web.created import Located
from shared.web.fields import Answer
from shared.web.limits import BodyLimit, BodyLimits
from shared.web.policy import public, require_policies

log = structlog.get_logger()
RELEASED = "2026-11-23"
_requests = Histogram("http_request_seconds", "Answer time", ["method", "route", "status"])
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class ApiInfo(Answer):
    """DIGG's REST profile, API metadata."""

    apiName: str = Field(examples=["directory"])  # noqa: N815
    apiVersion: str = Field(examples=["1.0.0"])  # noqa: N815
    apiReleased: str = Field(examples=["2026-11-23"])  # noqa: N815
    apiDocumentation: str = Field(examples=["/openapi.json"])  # noqa: N815
    apiStatus: str = Field(examples=["active"])  # noqa: N815


_ANYBODY = actors.Actor("anybody")


class _Trace:
    """Gives every request its correlation, logs it once and measures it. The path's template is logged, not
    the path: that may hold a name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        current = trace.begin(None, trace.parent_of(told))
        started = perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-correlation-id", (current.correlation or "").encode()),
                ]
            await send(message)

        try:
            with actors.acting(_ANYBODY):
                await self._app(scope, receive, answer)
        finally:
            took = perf_counter() - started
            route = getattr(scope.get("route"), "path", "(none)")
            _requests.labels(scope["method"], route, str(status)).observe(took)
            if route not in {"/healthz", "/readyz", "/metrics"}:
                log.info(
                    "request.answered",
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(took * 1000, 1),
                )


def create_app(  # one call per service
    name: str,
    *,
    description: str,
    routers: Sequence[APIRouter],
    health: Health,
    lifespan: Callable[[FastAPI], AsyncIterator[None]] | Lifespan,
    bodies: Mapping[str, BodyLimit] | None = None,
    described: bool = True,
) -> FastAPI:
    """
    Raises:
        NoPolicy: some route does not say who may call it.

    """
    app = FastAPI(
        title=f"agency network – {name}",
        version="1.0.0",
        description=description,
        lifespan=lifespan,  # pyright: ignore[reportArgumentType]
        responses=problems.RESPONSES,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.clock = lambda: datetime.now(UTC)
    problems.install(app)
    for router in routers:
        app.include_router(router, include_in_schema=described)
    app.include_router(_common(name, health))
    app.openapi = openapi.describe(app, name)  # pyright: ignore[reportAttributeAccessIssue]
    app.include_router(docs.router)
    app.include_router(catalogue.pages(name))
    app.add_middleware(Located)
    app.add_middleware(BodyLimits, limits=bodies or {})
    app.add_middleware(_Trace)
    require_policies(app)
    return app


def _common(name: str, health: Health) -> APIRouter:
    router = APIRouter(dependencies=[Depends(public)], tags=["operations"])

    @router.get(f"/{name}/v1/api-info", summary="About this API / Om detta API")
    async def api_info() -> ApiInfo:
        return ApiInfo(
            apiName=name,
            apiVersion="1.0.0",
            apiReleased=RELEASED,
            apiDocumentation="/openapi.json",
            apiStatus="active",
        )

    @router.get("/healthz", summary="The process answers / Processen svarar")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get(
        "/readyz",
        summary="Every part gets on with its work / Alla delar arbetar",
        responses={503: {"description": "Some part does not / Någon del gör det inte"}},
    )
    async def readyz() -> Response:
        found = health.problems()
        status = "unready" if found else "degraded" if health.notices else "ready"
        body: dict[str, Any] = {"status": status, "problems": found}
        if health.notices:
            body["notices"] = health.notices
        return JSONResponse(body, status_code=503 if found else 200)

    @router.get("/metrics", summary="Prometheus metrics / Mätvärden", response_class=Response)
    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
