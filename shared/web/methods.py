"""Which methods a path takes, over all of its routes; HEAD, OPTIONS and the conditional GET."""

from functools import cache
from re import Pattern
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.conditions import matches
from shared.web.policy import routes

# What a 304 does not repeat: it describes a body that is not there (RFC 9110, 15.4.5).
_OF_A_BODY = ("content-length", "content-type", "content-encoding", "content-language", "content-disposition")


def allowed(app: FastAPI, path: str) -> str:
    """As the Allow header of a 405 has it (RFC 9110, 15.5.6): Starlette names those of one route only. Empty
    where there is no such path.
    """
    found = _literal(app).get(path) or {
        method for route in routes(app) if _pattern(route.path).match(path) for method in route.methods or ()
    }
    if not found:
        return ""
    return ", ".join(sorted({*found, "OPTIONS"} | ({"HEAD"} if "GET" in found else set())))


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


class Reading:
    """HEAD is a GET without its body, wherever GET is; OPTIONS names the methods; If-None-Match is held
    against every ETag; and where an answer leads elsewhere, it is not to the host that the sender has named.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "OPTIONS" and (methods := allowed(scope["app"], scope["path"])):
            await Response(status_code=204, headers={"Allow": methods})(scope, receive, send)
            return
        if method == "HEAD":
            scope["method"] = "GET"
        try:
            await self._app(scope, receive, _Answer(scope, send, alone=method == "HEAD"))
        finally:
            scope["method"] = method


class _Answer:
    """Sends on what is to be sent; `alone`: nothing follows the head of the answer."""

    def __init__(self, scope: Scope, send: Send, *, alone: bool) -> None:
        asked = Headers(scope=scope)
        self._send = send
        self._alone = alone
        self._host = asked.get("host", "")
        self._condition = ", ".join(asked.getlist("if-none-match")) if scope["method"] == "GET" else ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        elif message["type"] == "http.response.body" and self._alone:
            if message.get("more_body"):
                return
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        if "location" in headers:
            headers["location"] = _here(headers["location"], self._host)
        tag = headers.get("etag", "")
        if message["status"] == 200 and tag and self._condition and matches(self._condition, tag, weak=True):
            self._alone, message["status"] = True, 304
            for name in _OF_A_BODY:
                del headers[name]


def _here(location: str, host: str) -> str:
    """Starlette leads from `/things/` to `/things` by the Host header's address: the path is enough."""
    parts = urlsplit(location)
    if not host or parts.netloc != host:
        return location
    return parts._replace(scheme="", netloc="").geturl() or "/"


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
