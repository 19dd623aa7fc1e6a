"""SCIM's protocol on the agency's storage: scim2-server with limits, and nothing personal in its logs."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import cache, partial
from http import HTTPStatus
from itertools import chain, groupby
from typing import Any, TypeVar

import structlog
from scim2_models import (
    BaseModel,
    Context,
    Error,
    ForbiddenException,
    InvalidSyntaxException,
    PatchOp,
    PayloadTooLargeException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
    UnauthorizedException,
)
from scim2_server.bulk import BulkPlan
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService

from services.directory.scim.protocol import bounds, errors
from services.directory.scim.protocol.provider import MAX_OPERATIONS, PROVIDER
from services.directory.scim.protocol.storage import AgencyStorage, Removals, removals
from shared.auth import Caller, Unknown
from shared.errors import Forbidden
from shared.mongo import Mongo, is_transient

__all__ = ["ScimRequest", "answer", "removals"]
log = structlog.get_logger()
Done = TypeVar("Done")
Read = TypeVar("Read", bound=BaseModel)
_WHOLE = (Context.RESOURCE_CREATION_REQUEST, Context.RESOURCE_REPLACEMENT_REQUEST)
_FURTHEST = 1_000_000_000
_MOST_STEPS = 20_000
# A user that is asked for, or is this small, is done with at once.
_SMALL = 16_000
_TRIES = 8
# How identity providers look somebody up: it finds one at most.
_BY_NAME = re.compile(r'(?i)(?:userName|externalId|id) eq "[^"\\]*"$')


class Service(ScimService):
    """The protocol, with bounds on what one request may ask for (bounds.py)."""

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        bounds.check_search(payload)
        found, position = super().read_search(resource_types, payload)
        # MongoDB counts to 2^63; nobody is that far.
        found.start_index = min(found.start_index or 1, _FURTHEST)
        return found, position

    def read_response_parameters(
        self, resource_type: ResourceType, query: Mapping[str, str]
    ) -> ResponseParameters[Any]:
        bounds.check_search(dict(query))
        return super().read_response_parameters(resource_type, query)

    def read_body(self, model: type[Read], body: bytes, content_type: str | None, scim_ctx: Context) -> Read:
        if scim_ctx in _WHOLE:
            bounds.check_resource(body)
        return super().read_body(model, body, content_type, scim_ctx)

    def read_patch(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> "PatchOp[Any]":
        self.ensure_json(content_type)
        sent = bounds.read(body)
        left = bounds.patch(sent)
        found = super().read_patch(resource_type, bounds.written(sent), content_type)
        _note(found, left)
        return found

    def read_bulk(self, body: bytes, content_type: str | None) -> BulkPlan:
        """What goes over fails on its own, like all else that is wrong with one of the operations."""
        self.ensure_json(content_type)
        self.ensure_bulk_payload_size(len(body))
        sent = bounds.read(body)
        left: dict[int, bounds.Left] = {}
        refused: dict[int, SCIMException] = {}
        for index, operation in bounds.bulk(sent, MAX_OPERATIONS):
            try:
                left[index] = bounds.check_data(operation)
            except SCIMException as error:
                refused[index] = error
                bounds.empty(operation)
        plan = super().read_bulk(bounds.written(sent), content_type)
        for index, operation in enumerate(plan.operations):
            if index in refused:
                error = refused[index].to_error()
                plan.operations[index] = operation.model_copy(
                    update={"response": error, "status": error.status}
                )
            elif isinstance(operation.response, Error):
                said = errors.plain(operation.response)
                plan.operations[index] = operation.model_copy(update={"response": said})
            elif isinstance(operation.data, PatchOp):
                _note(operation.data, left.get(index, {}))
        return plan

    def check_preconditions(self, resource: Resource[Any], method: str, conditions: Conditions) -> bool:
        bounds.check_tags(conditions.if_match, conditions.if_none_match)
        return super().check_preconditions(resource, method, conditions)

    def apply_patch(
        self, current: Resource[Any], patch_op: "PatchOp[Any]", conditions: Conditions
    ) -> Resource[Any] | None:
        """
        Raises:
            PayloadTooLargeException: the library would take long over so many operations and members.

        """
        self.check_preconditions(current, "PATCH", conditions)
        operations = patch_op.operations or []
        slow = sum(not isinstance(each.value, frozenset) for each in operations)
        if slow > 1 and slow * len(getattr(current, "members", None) or ()) > _MOST_STEPS:
            raise PayloadTooLargeException(
                detail="The group has too many members for so many operations in one PATCH."
            )
        changed = False
        for leaving, these in groupby(operations, lambda each: isinstance(each.value, frozenset)):
            if leaving:
                gone = frozenset(chain.from_iterable(each.value or () for each in these))
                changed |= _take_away(current, gone)
            else:
                part = type(patch_op).model_construct(operations=list(these))
                changed |= part.patch(current)
        return current if changed else None

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """Tells what is ours to mend from what is the sender's, in bulk operations too. Only the former is
        logged: a SCIM error may quote what was sent.
        """
        if isinstance(exception, SCIMException):
            return errors.said_of(exception)
        if isinstance(exception, RecursionError):
            return InvalidSyntaxException(detail="It is nested too deep.").to_error()
        if is_transient(exception):
            log.warning("scim.postponed", error=type(exception).__name__)
            return Error(status=503, detail="The database can't be reached just now. Try again.")
        log.error("scim.failed", exc_info=exception)
        return Error(status=500, detail="Something went wrong on our side.")


def _note(patch_op: "PatchOp[Any]", left: bounds.Left) -> None:
    """The members who leave, in the place of what the library has read instead."""
    operations = patch_op.operations or []
    for index, gone in left.items():
        operations[index] = operations[index].model_copy(update={"value": gone})


def _take_away(group: Resource[Any], gone: frozenset[str]) -> bool:
    members = getattr(group, "members", None) or []
    stay = [each for each in members if (each.value or "").casefold() not in gone]
    if len(stay) == len(members):
        return False
    group.members = stay or None  # pyright: ignore[reportAttributeAccessIssue]
    return True


class Handler(AsyncScimHandler):
    storage: AgencyStorage

    async def patch_resource(
        self,
        resource_type: ResourceType,
        resource_id: str,
        patch_op: "PatchOp[Any]",
        conditions: Conditions,
    ) -> Resource[Any]:
        """Two who change different things at once both get their way."""
        patch = partial(super().patch_resource, resource_type, resource_id, patch_op, conditions)
        async with self.storage.turn(resource_id):
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
        target = _SERVICE.match(request)
        agency = ""
        if target.operation is not Operation.service_provider_config:
            agency = _admitted(caller).agency
        storage = AgencyStorage(mongo, agency, removals, clock, PROVIDER)
        if _is_quick(request, target):
            return await Handler(_SERVICE, storage).handle(request)
        return await _aside(storage, request)
    except Exception as error:  # noqa: BLE001 - the service tells bugs from what is the sender's
        response = _SERVICE.error_response(error)
        if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = "5"
        return response


def _is_quick(request: ScimRequest, target: Target) -> bool:
    if target.operation is Operation.delete:
        return True
    one = target.operation in {Operation.create, Operation.query, Operation.replace, Operation.patch}
    named = target.operation is Operation.search and _BY_NAME.match(request.query.get("filter", ""))
    return bool(one or named) and target.endpoint == "Users" and len(request.body) <= _SMALL


async def _aside(storage: AgencyStorage, request: ScimRequest) -> ScimResponse:
    """Ten thousand members take the library a second: in a thread, where others go on meanwhile. What the
    storage does with the database stays in this loop.
    """
    home = asyncio.get_running_loop()

    async def handle() -> ScimResponse:
        return await Handler(_SERVICE, storage.away_from(home)).handle(request)

    def work() -> ScimResponse:
        return asyncio.run(handle())

    return await home.run_in_executor(_threads(), copy_context().run, work)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "scim")


def _admitted(caller: Caller | Exception) -> Caller:
    if isinstance(caller, Unknown):
        raise UnauthorizedException(detail="Send a valid token: Authorization: Bearer <token>.")
    if isinstance(caller, Forbidden):
        raise ForbiddenException(detail=str(caller))
    if isinstance(caller, Exception):
        raise caller
    return caller
