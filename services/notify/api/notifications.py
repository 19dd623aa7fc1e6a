"""Who was told what, and sending it again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from services.notify.handlers import reading
from services.notify.handlers.resending import resend as resend_it
from services.notify.models import Notification
from shared.auth import Caller
from shared.contracts.notify import DeliveryState
from shared.mongo import Transaction
from shared.web.fields import Id, Page, Words
from shared.web.needs import Db, Now, Once, Pages
from shared.web.policy import Bearer

router = APIRouter(prefix="/notify/v1", tags=["notifications"])
_read = Bearer("notify:read", people=True)
_write = Bearer("notify:write", people=True)


@router.get("/notifications", summary="Who was told what / Vem som fått vilket besked")
async def notifications(
    db: Db,
    caller: Annotated[Caller, Depends(_read)],
    paging: Pages,
    person: Annotated[
        Words | None,
        Query(description="Person id / Personens id", examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"]),
    ] = None,
    subject: Annotated[
        Words | None, Query(description="What it is about / Vad det gäller", examples=["meeting/5d6c"])
    ] = None,
    state: Annotated[DeliveryState | None, Query(description="State / Läge", examples=["failed"])] = None,
) -> Page[Notification]:
    """The caller's agency's, or the person's own; newest first / Den egna myndighetens eller ens egna."""
    found = await reading.listing(db, caller, person, subject, state, paging)
    return Page[Notification](**paging.of(found))


@router.get("/notifications/{notification_id}", summary="One notification / Ett besked")
async def notification(
    db: Db, notification_id: Id, caller: Annotated[Caller, Depends(_read)]
) -> Notification:
    """What became of it / Vad som hände med det."""
    return await reading.one(db, caller, notification_id)


@router.post(
    "/notifications/{notification_id}/resend",
    summary="Send it again / Skicka igen",
    response_model=Notification,
    status_code=202,
)
async def resend(
    now: Now,
    once: Once,
    notification_id: Id,
    caller: Annotated[Caller, Depends(_write)],
) -> JSONResponse:
    """For what was sent, stopped or is in doubt / För det som skickats, stoppats eller är ovisst."""

    async def work(tx: Transaction) -> Notification:
        return reading.shown(await resend_it(tx, caller, notification_id, now))

    return await once(caller, work, status=202)
