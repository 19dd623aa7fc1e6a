"""One agency's users and groups, behind scim2-server's storage interface."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import uuid_utils
from pymongo.errors import DuplicateKeyError, ExecutionTimeout
from scim2_models import (
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimProvider,
    SearchRequest,
    TooManyException,
    UniquenessException,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from services.directory.intake.rules.intake import IN_FORCE
from services.directory.scim import handlers, store
from services.directory.scim.handlers import Given, Removal
from services.directory.scim.protocol import filters, sorting
from services.directory.scim.protocol.keys import mirror
from services.directory.scim.rules import employee_ids
from shared.bookings import Bookings
from shared.errors import Invalid, NotFound, PreconditionFailed, Refused
from shared.mongo import Document, Mongo, Transaction
from shared.observing import trace

_NOT_GIVEN = ("id", "meta", "password")
_SAID: dict[type[Refused], Callable[..., SCIMException]] = {
    NotFound: NotFoundException,
    PreconditionFailed: PreconditionFailedException,
    Invalid: InvalidValueException,
}
Removals = Bookings[Removal, None]
Done = TypeVar("Done")


def removals(mongo: Mongo, clock: Callable[[], datetime]) -> Removals:
    """Everybody who leaves an agency passes the brake (D13), and many leave the same groups: in line they go
    through together, where each on their own would wait for the others.
    """

    async def settle(tx: Transaction, agency: str, asked: Sequence[Removal]) -> Sequence[Refused | None]:
        return await handlers.remove(tx, agency, asked, clock())

    return Bookings(mongo, settle)


# Changes of one resource wait for each other here rather than conflict in the database.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class AgencyStorage(AsyncScimStorage):
    """What it returns is what was given: the network's own view of a person is elsewhere."""

    _home: asyncio.AbstractEventLoop | None = None

    def __init__(
        self,
        mongo: Mongo,
        agency: str,
        removals: Removals,
        clock: Callable[[], datetime],
        provider: ScimProvider,
    ) -> None:
        self._mongo = mongo
        self.agency = agency
        self._removals = removals
        self._clock = clock
        self._models = {
            each.name or "": cast("type[Resource[Any]]", provider.model_for(each))
            for each in provider.resource_types
        }

    def away_from(self, home: asyncio.AbstractEventLoop) -> "AgencyStorage":
        """The same for another thread's loop; whatever waits for the database does so in `home`."""
        away = copy(self)
        away._home = home
        return away

    async def _at_home(self, work: Coroutine[Any, Any, Done]) -> Done:
        if self._home is None:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._home))

    @asynccontextmanager
    async def turn(self, of: str) -> AsyncIterator[None]:
        """Alone with a resource, in this process."""
        lock = await self._at_home(_take_turn(of))
        try:
            yield
        finally:
            if self._home is None:
                lock.release()
            else:
                self._home.call_soon_threadsafe(lock.release)

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        without = _left_out(response_parameters)
        found = await self._at_home(
            store.find(self._mongo.db, self.agency, _kind(resource_type), resource_id, without)
        )
        if found is None:
            raise NotFoundException(detail="There is no such resource.")
        return self._resource(found)

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - of cursors, which are not offered
    ) -> SearchPage:
        models = {_kind(each): self._models[_kind(each)] for each in resource_types}
        wanted = [self._wanted(kind, model, search_request) for kind, model in models.items()]
        query = wanted[0] if len(wanted) == 1 else {"$or": wanted}
        offset, limit = search_request.start_index_0 or 0, search_request.count
        try:
            if limit == 0:
                return SearchPage(await self._at_home(store.count(self._mongo.db, query)), [])
            order = sorting.steps(search_request, models)
            found = await self._at_home(store.search(self._mongo.db, query, order, offset, limit))
            all_seen = (found or not offset) and (limit is None or len(found) < limit)
            total = (
                offset + len(found) if all_seen else await self._at_home(store.count(self._mongo.db, query))
            )
        except ExecutionTimeout:
            raise TooManyException(detail="The search takes too long: make it narrower.") from None
        return SearchPage(total, [self._resource(each) for each in found])

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        given = self._given(resource_type, resource)
        own = str(uuid_utils.uuid7())
        names = [*employee_ids(given.resource), own] if given.kind == store.USER else [own]
        for name in names:
            try:
                work = partial(handlers.add, given=given, name=name, now=self._clock())
                return await self._transact(work, given)
            except DuplicateKeyError as error:
                if store.is_called_so(error) and name != own:
                    # Somebody else stands for this employee: they had the name before them.
                    continue
                raise _uniqueness(error) from None
        raise AssertionError

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        given = self._given(resource_type, resource)
        work = partial(
            handlers.change,
            given=given,
            id_=resource.id or "",
            expected=_number(expected_version),
            now=self._clock(),
        )
        try:
            return await self._transact(work, given, resource.id)
        except DuplicateKeyError as error:
            raise _uniqueness(error) from None

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        asked = Removal(_kind(resource_type), resource_id, _number(expected_version), trace.current())
        try:
            await self._at_home(self._removals.book(self.agency, asked))
        except Refused as error:
            raise _as_scim_says(error) from None

    async def _transact(
        self, work: Callable[[Transaction], Awaitable[Document | None]], given: Given, id_: str | None = None
    ) -> Any:
        try:
            document = await self._at_home(self._mongo.transact(work))
        except Invalid as error:
            now = self._clock()
            holds = await self._at_home(
                self._mongo.transact(lambda tx: handlers.hold_safety(tx, given, id_, now))
            )
            said = "; ".join([str(error), *(IN_FORCE[each] for each in holds)])
            raise InvalidValueException(detail=said) from None
        except Refused as error:
            raise _as_scim_says(error) from None
        return self._resource(document) if document else None

    def _wanted(self, kind: str, model: type[Resource[Any]], request: SearchRequest[Any]) -> Document:
        query: Document = {"agency": self.agency, "kind": kind}
        if request.filter is not None:
            query["$and"] = [filters.query(request.filter, model)]
        return query

    def _given(self, resource_type: ResourceType, resource: Resource[Any]) -> Given:
        kept = resource.model_dump()
        if _kind(resource_type) == store.USER and not (kept.get("userName") or "").strip():
            raise InvalidValueException(detail="userName is needed and must not be empty.")
        for name in _NOT_GIVEN:
            kept.pop(name, None)
        keys = mirror(resource)
        for name in _NOT_GIVEN:
            keys.pop(name, None)
        return Given(self.agency, _kind(resource_type), kept, keys)

    def _resource(self, document: Document) -> Resource[Any]:
        meta = {
            "resourceType": document["kind"],
            "created": document["meta"]["created"],
            "lastModified": document["meta"]["last_modified"],
            "version": f'W/"{document["version"]}"',
        }
        return self._models[document["kind"]].model_validate(
            {**document["resource"], "id": document["_id"], "meta": meta}
        )


async def _take_turn(of: str) -> asyncio.Lock:
    lock = _turns.setdefault(of, asyncio.Lock())
    await lock.acquire()
    return lock


def _kind(resource_type: ResourceType) -> str:
    return resource_type.name or ""


def _number(version: str | None) -> int | None:
    return None if version is None else int(version.removeprefix('W/"').removesuffix('"'))


def _left_out(parameters: ResponseParameters[Any] | None) -> tuple[str, ...]:
    """A group may have thousands of members, and identity providers ask without them."""
    excluded = parameters.excluded_attributes if parameters else None
    return ("members",) if any(str(path).lower() == "members" for path in excluded or ()) else ()


def _as_scim_says(error: Refused) -> Exception:
    for ours, theirs in _SAID.items():
        if isinstance(error, ours):
            return theirs(detail=str(error))
    return error


def _uniqueness(error: DuplicateKeyError) -> UniquenessException:
    name = store.taken(error)
    return UniquenessException(detail=f"Another user of your agency has this {name or 'name'}.")
