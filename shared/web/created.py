"""Location: where what a POST has made, or begun, can be read (RFC 9110, 10.2.2)."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.policy import routes


class Located:
    """Adds it to each 201 and 202 that has none, by the routes and the id in the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        waiting: Message | None = None

        async def answer(message: Message) -> None:
            nonlocal waiting
            if message["type"] == "http.response.start" and message["status"] in {201, 202}:
                if "location" not in MutableHeaders(scope=message):
                    waiting = message
                    return
            elif waiting is not None:
                start, waiting = waiting, None
                if where := _location(scope, message.get("body", b"")):
                    MutableHeaders(scope=start)["location"] = where
                await send(start)
            await send(message)

        await self._app(scope, receive, answer)


def _location(scope: Scope, body: bytes) -> str | None:
    template = getattr(scope.get("route"), "path", "")
    leads = _leads(scope["app"], template)
    if leads is None:
        return None
    known = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    last = leads.rpartition("/")[2]
    if last.startswith("{"):
        name = last[1:-1]
        if own := _own(body, name) if name not in known or _same_kind(scope["app"], template, leads) else "":
            known[name] = own
    try:
        return quote(leads.format_map(known))
    except KeyError:
        return None


def _own(body: bytes, name: str) -> str:
    """What the body calls it."""
    try:
        made = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(made, Mapping):
        return ""
    found = (made.get(each) for each in (name, "id", "slug"))
    return next((each for each in found if isinstance(each, str)), "")


@cache
def _leads(app: FastAPI, template: str) -> str | None:
    """The path that is read afterwards: one of the same answer, one below, the same, or the nearest above."""
    readable = _models(app, "GET")
    made = _models(app, "POST").get(template)
    same = [path for path, model in readable.items() if model is made and path.endswith("}") and made]
    if same:
        return min(same, key=len)
    below = [
        path
        for path in readable
        if path.startswith(f"{template}/{{") and "/" not in path[len(template) + 1 :]
    ]
    if below:
        return below[0]
    return next((path for path in _above(template) if path in readable), None)


def _same_kind(app: FastAPI, template: str, leads: str) -> bool:
    return _models(app, "POST").get(template) is _models(app, "GET").get(leads)


def _above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


@cache
def _models(app: FastAPI, method: str) -> dict[str, Any]:
    return {
        route.path or "": original.response_model
        for route in routes(app)
        if method in (route.methods or ()) and isinstance(original := route.original_route, APIRoute)
    }
