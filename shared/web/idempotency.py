"""`Idempotency-Key`: a POST that is sent again is answered again, and not done again."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from shared.auth import Caller
from shared.errors import Conflict
from shared.mongo import Document, Indexes, Mongo, Transaction

INDEXES: Indexes = {"idempotency": [IndexModel("at", expireAfterSeconds=86_400)]}
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Repeat it when you repeat the request / Samma nyckel när du försöker igen",
    ),
]


async def once(
    mongo: Mongo,
    request: Request,
    caller: Caller,
    key: str | None,
    work: Callable[[Transaction], Awaitable[Any]],
    *,
    status: int = 201,
) -> JSONResponse:
    """Run `work` in a transaction and keep its answer under the caller's key for a day, in that transaction.

    Raises:
        Conflict: the key was used for another request.

    """
    name = f"{caller.agency}/{caller.person_id}/{key}"
    fingerprint = hashlib.sha256(
        b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    ).hexdigest()

    async def keep(tx: Transaction) -> Any:
        answer = jsonable_encoder(await work(tx))
        if key:
            document = {"_id": name, "fingerprint": fingerprint, "answer": answer}
            await tx.db.idempotency.insert_one(
                {**document, "at": request.app.state.clock()}, session=tx.session
            )
        return answer

    if key and (kept := await mongo.db.idempotency.find_one({"_id": name})):
        return _again(kept, fingerprint, status)
    try:
        return JSONResponse(await mongo.transact(keep), status_code=status)
    except DuplicateKeyError:
        # The same request, sent twice at once: the other one won.
        if key and (kept := await mongo.db.idempotency.find_one({"_id": name})):
            return _again(kept, fingerprint, status)
        raise


def _again(kept: Document, fingerprint: str, status: int) -> JSONResponse:
    if kept["fingerprint"] != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request.")
    return JSONResponse(kept["answer"], status_code=status, headers={"Idempotency-Replayed": "true"})
