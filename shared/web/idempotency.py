"""`Idempotency-Key`: a POST that is sent again is answered again, and not done again."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from shared.auth import Caller
from shared.errors import Conflict
from shared.mongo import Document, Indexes, Mongo, Transaction

INDEXES: Indexes = {"idempotency": [IndexModel("at", expireAfterSeconds=86_400), IndexModel("ids")]}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Repeat it when you repeat the request / Samma nyckel när du försöker igen",
    ),
]


class KeyIsUsed(Conflict):
    title = "This Idempotency-Key was used for another request"


class AnswerIsForgotten(Conflict):
    title = "This has been done, and its answer is not kept any more"


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
        KeyIsUsed: for another request.
        AnswerIsForgotten: it is not kept any more, see `forget`.

    """
    # A digest: the row outlives an erasure of the caller by up to a day.
    name = hashlib.sha256(f"{caller.agency}/{caller.person_id}/{key}".encode()).hexdigest()
    fingerprint = hashlib.sha256(
        b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    ).hexdigest()

    async def keep(tx: Transaction) -> Any:
        answer = jsonable_encoder(await work(tx))
        if key:
            ids = sorted({*_ID.findall(json.dumps(answer)), *filter(None, [caller.person_id])})
            document = {"_id": name, "fingerprint": fingerprint, "answer": answer, "ids": ids}
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


async def forget(tx: Transaction, ids: Iterable[str]) -> None:
    """Keep no answer that has one of these in it: it may say what they were called. What was asked for is
    still not done again.
    """
    about = {"ids": {"$in": list(ids)}}
    await tx.db.idempotency.update_many(about, {"$unset": {"answer": "", "ids": ""}}, session=tx.session)


def _again(kept: Document, fingerprint: str, status: int) -> JSONResponse:
    if kept["fingerprint"] != fingerprint:
        raise KeyIsUsed
    if "answer" not in kept:
        raise AnswerIsForgotten(
            "This has been done. Its answer is not kept any more; read what came of it with GET."
        )
    return JSONResponse(kept["answer"], status_code=status, headers={"Idempotency-Replayed": "true"})
