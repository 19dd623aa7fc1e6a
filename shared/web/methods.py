"""Which methods a path takes, over all of its routes."""

from functools import cache
from re import Pattern

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.policy import routes


def allowed(app: FastAPI, path: str) -> str:
    """As the Allow header of a 405 has it (RFC 9110, 15.5.6): Starlette names those of one route only."""
    found = _literal(app).get(path) or {
        method for route in routes(app) if _pattern(route.path).match(path) for method in route.methods or ()
    }
    return ", ".join(sorted(found))


class LiteralPaths:
    """`/things/compare` is no `/things/{id}`, whatever the method: Starlette goes on to the pattern where the
    path itself does not take the method, and the caller hears that "compare" is a bad id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http":
            methods = _literal(scope["app"]).get(scope["path"])
            if methods and scope["method"] not in methods:
                refuse = scope["app"].exception_handlers[HTTPException]
                answer = await refuse(Request(scope, receive), HTTPException(405))
        await answer(scope, receive, send)


@cache
def _literal(app: FastAPI) -> dict[str, set[str]]:
    """The methods of each path without parameters. Asked for only when all routes are there."""
    found: dict[str, set[str]] = {}
    for route in routes(app):
        path = route.path or ""
        if "{" not in path:
            found.setdefault(path, set()).update(route.methods or ())
    return found


@cache
def _pattern(path: str) -> Pattern[str]:
    return compile_path(path)[0]
