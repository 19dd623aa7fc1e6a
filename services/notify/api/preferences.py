"""What a person wants by mail."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.notify.handlers.choosing import choices, choose
from services.notify.models import Preferences, PreferencesBody
from shared.auth import Caller
from shared.mongo import Transaction
from shared.web.conditions import IfMatch
from shared.web.fields import Id, etag
from shared.web.needs import Db, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/notify/v1", tags=["preferences"])


@router.get(
    "/preferences/{person_id}", summary="What a person wants by mail / Vad en person vill ha som mejl"
)
async def preferences(
    db: Db,
    response: Response,
    person_id: Id,
    caller: Annotated[Caller, Depends(Bearer("notify:read", people=True))],
) -> Preferences:
    """Every kind with its choice / Alla sorter med sitt val."""
    found = await choices(db, caller, person_id)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put("/preferences/{person_id}", summary="Choose / Välj")
async def set_preferences(
    mongo: Transactions,
    response: Response,
    person_id: Id,
    body: PreferencesBody,
    caller: Annotated[Caller, Depends(Bearer("notify:write", people=True))],
    if_match: IfMatch = None,
) -> Preferences:
    """Replaces all choices; mandatory kinds refuse `never` / Ersätter alla val."""

    async def work(tx: Transaction) -> Preferences:
        return await choose(tx, caller, person_id, dict(body.kinds), if_match)

    chosen = await mongo.transact(work)
    response.headers["ETag"] = etag(chosen.version)
    return chosen
