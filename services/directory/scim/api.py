"""The door for identity providers: SCIM 2.0, with its own standard's rules and errors."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from pymongo.errors import PyMongoError

from services.directory.settings import settings
from shared.auth import Caller, Unknown
from shared.errors import Forbidden
from shared.web.limits import BodyLimit
from shared.web.needs import Clock, Transactions
from shared.web.policy import Bearer

BASE = "/scim/v2"
# Loaded by the first request: the library takes a third of a second and ten megabytes.
_SERVER = "services.directory.scim.protocol.server"
_MEDIA_TYPE = "application/scim+json"
router = APIRouter()


def _too_large(detail: str) -> Response:
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "413", "detail": detail}
    return Response(json.dumps(error), 413, media_type=_MEDIA_TYPE)


BODIES = {BASE: BodyLimit(answer=_too_large, below=True)}


class Asked(Bearer):
    """Who is calling, or why they may not: said as SCIM says it, and not to all of its routes."""

    async def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request
    ) -> Caller | Exception:
        try:
            return await super().__call__(request)
        except (Unknown, Forbidden, PyMongoError) as refusal:
            return refusal


async def _removals(request: Request) -> Callable[[Any], Any]:
    """One for the process: those who are deleted at once go through together."""
    state = request.app.state

    def removals(server: Any) -> Any:
        if not hasattr(state, "scim_removals"):

            def clock() -> datetime:
                # Tests set it while it runs.
                return state.clock()

            state.scim_removals = server.removals(state.mongo, clock)
        return state.scim_removals

    return removals


Removals = Annotated[Callable[[Any], Any], Depends(_removals)]


@router.api_route(
    BASE + "{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
)
async def scim(
    request: Request,
    mongo: Transactions,
    clock: Clock,
    removals: Removals,
    path: str,
    caller: Annotated[Any, Depends(Asked("staff:write"))],
) -> Response:
    server = sys.modules.get(_SERVER) or await asyncio.to_thread(importlib.import_module, _SERVER)
    asked = server.ScimRequest(
        method=request.method,
        base_url=_base_url(),
        path=path.removesuffix(".scim"),
        query=dict(parse_qsl(request.url.query, keep_blank_values=True)),
        headers=request.headers,
        body=await request.body(),
    )
    answer = await server.answer(asked, caller, mongo, removals(server), clock)
    body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    return Response(body, int(answer.status), headers={**answer.headers, "Cache-Control": "no-store"})


@cache
def _base_url() -> str:
    """As it is configured: what the Host header says is the sender's choice."""
    return settings().directory_url + BASE
