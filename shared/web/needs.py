"""What an endpoint says that it needs, as `db: Db` or `now: Now`.

All of these are coroutines: FastAPI runs a plain function, and a plain class, in a thread of its own pool.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from shared.auth import Caller
from shared.moments import now_ms
from shared.mongo import Database, Mongo, Transaction
from shared.settings import ServiceSettings
from shared.web import idempotency
from shared.web.fields import Limit, Number, Paging


async def _mongo(request: Request) -> Mongo:
    return request.app.state.mongo


async def _database(request: Request) -> Database:
    return request.app.state.mongo.db


async def _now(request: Request) -> datetime:
    return now_ms(request.app.state.clock())


async def _clock(request: Request) -> Callable[[], datetime]:
    return request.app.state.clock


async def _settings(request: Request) -> ServiceSettings:
    return request.app.state.service.settings


async def _paging(request: Request, limit: Limit = 20, page: Number = 1) -> Paging:
    return Paging(request, limit, page)


class OnceOnly:
    """Answers a POST that is sent again as it was answered before (shared/web/idempotency.py)."""

    def __init__(self, request: Request, key: str | None) -> None:
        self._request = request
        self._key = key

    async def __call__(
        self, caller: Caller, work: Callable[[Transaction], Awaitable[Any]], *, status: int = 201
    ) -> JSONResponse:
        """Run `work` in a transaction, which is committed before this returns."""
        mongo = self._request.app.state.mongo
        return await idempotency.once(mongo, self._request, caller, self._key, work, status=status)


async def _once(request: Request, key: idempotency.Key = None) -> OnceOnly:
    return OnceOnly(request, key)


# Reads; what is written is written in a transaction.
Db = Annotated[Database, Depends(_database)]
# `mongo.transact(work)` in the endpoint's body: what a dependency does on its way out comes after the answer.
Transactions = Annotated[Mongo, Depends(_mongo)]
Once = Annotated[OnceOnly, Depends(_once)]
# The moment the request is worked on, in whole milliseconds as they are kept.
Now = Annotated[datetime, Depends(_now)]
# For what takes longer than a moment.
Clock = Annotated[Callable[[], datetime], Depends(_clock)]
Settings = Annotated[ServiceSettings, Depends(_settings)]
Pages = Annotated[Paging, Depends(_paging)]
