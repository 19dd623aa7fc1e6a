"""SCIM's protocol on the agency's storage: scim2-server with limits, and nothing personal in its logs."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog
from pymongo.errors import ConnectionFailure
from scim2_models import (
    Error,
    ForbiddenException,
    InvalidFilterException,
    InvalidSyntaxException,
    PatchOp,
    PreconditionFailedException,
    Resource,
    ResourceType,
    SCIMException,
    SearchRequest,
    UnauthorizedException,
)
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation
from scim2_server.service import ScimService

from services.directory.scim import filters
from services.directory.scim.provider import PROVIDER
from services.directory.scim.storage import AgencyStorage, Removals, removals
from shared.auth import Caller, Unknown
from shared.errors import Forbidden
from shared.mongo import Mongo

__all__ = ["ScimRequest", "answer", "removals"]
log = structlog.get_logger()
Done = TypeVar("Done")
_MOST_FILTER = 2_000
_DEEPEST_FILTER = 10
_MOST_TERMS = 50
_TRIES = 8
# Changes of one resource wait for each other here rather than conflict in the database.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class Service(ScimService):
    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        """Refuses what would take long before it is parsed."""
        if isinstance(payload, dict):
            for name, value in payload.items():
                if name.lower() == "filter" and isinstance(value, str):
                    _check_filter(value)
        return super().read_search(resource_types, payload)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """Tells what is ours to mend from what is the sender's, in bulk operations too. Only the former is
        logged: a SCIM error may quote what was sent.
        """
        if isinstance(exception, SCIMException):
            return exception.to_error()
        if isinstance(exception, RecursionError):
            return InvalidSyntaxException(detail="It is nested too deep.").to_error()
        if isinstance(exception, ConnectionFailure | TimeoutError):
            log.warning("scim.postponed", error=type(exception).__name__)
            return Error(status=503, detail="The database can't be reached just now. Try again.")
        log.error("scim.failed", exc_info=exception)
        return Error(status=500, detail="Something went wrong on our side.")


class Handler(AsyncScimHandler):
    async def patch_resource(
        self,
        resource_type: ResourceType,
        resource_id: str,
        patch_op: "PatchOp[Any]",
        conditions: Conditions,
    ) -> Resource[Any]:
        """Two who change different things at once both get their way."""
        patch = partial(super().patch_resource, resource_type, resource_id, patch_op, conditions)
        async with _turn(resource_id):
            return await _whatever_is_there(conditions, patch)

    async def delete_resource(
        self, resource_type: ResourceType, resource_id: str, conditions: Conditions
    ) -> None:
        """Who is deleted leaves groups, which may be deleted meanwhile."""
        delete = partial(super().delete_resource, resource_type, resource_id, conditions)
        await _whatever_is_there(conditions, delete)


async def _whatever_is_there(conditions: Conditions, act: Callable[[], Awaitable[Done]]) -> Done:
    """What changes between reading and writing stops only those who say what must be there (If-Match)."""
    conditional = conditions.if_match or conditions.if_none_match
    for attempt in range(_TRIES):
        try:
            return await act()
        except PreconditionFailedException:
            if conditional or attempt == _TRIES - 1:
                raise
            # Somebody else was quicker.
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError


def _turn(of: str) -> asyncio.Lock:
    return _turns.setdefault(of, asyncio.Lock())


_SERVICE = Service(PROVIDER)


async def answer(
    request: ScimRequest,
    caller: Caller | Exception,
    mongo: Mongo,
    removals: Removals,
    clock: Callable[[], datetime],
) -> ScimResponse:
    """Whatever comes, a SCIM answer. `caller` is what came of asking who it is; how the service is to be
    used is told to everybody.
    """
    try:
        agency = ""
        if _SERVICE.match(request).operation is not Operation.service_provider_config:
            agency = _admitted(caller).agency
        storage = AgencyStorage(mongo, agency, removals, clock, PROVIDER)
        return await Handler(_SERVICE, storage).handle(request)
    except Exception as error:  # noqa: BLE001 - the service tells bugs from what is the sender's
        response = _SERVICE.error_response(error)
        if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = "5"
        return response


def _admitted(caller: Caller | Exception) -> Caller:
    if isinstance(caller, Unknown):
        raise UnauthorizedException(detail="Send a valid token: Authorization: Bearer <token>.")
    if isinstance(caller, Forbidden):
        raise ForbiddenException(detail=str(caller))
    if isinstance(caller, Exception):
        raise caller
    return caller


def _check_filter(text: str) -> None:
    terms = text.count(" and ") + text.count(" or ") + 1
    if len(text) > _MOST_FILTER or terms > _MOST_TERMS or filters.depth(text) > _DEEPEST_FILTER:
        raise InvalidFilterException(
            detail=f"A filter has at most {_MOST_FILTER} characters, {_MOST_TERMS} terms "
            f"and brackets {_DEEPEST_FILTER} deep."
        )
