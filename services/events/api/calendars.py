"""/calendars: personal feeds behind secret addresses."""

import hashlib

from fastapi import APIRouter, Depends, Response

from services.events.api.common import CALENDAR, PREFIX, calendar_answer
from services.events.api.meetings import Reader
from services.events.handlers import calendars
from services.events.models.api import CalendarView, NewCalendarView
from shared.mongo import Transaction
from shared.web.fields import Id, Page, Secret
from shared.web.needs import Db, Now, Transactions
from shared.web.policy import public

router = APIRouter(prefix=PREFIX, tags=["calendars"])


@router.post("/calendars", status_code=201, summary="A new calendar address / En ny kalenderadress")
async def create_calendar(
    mongo: Transactions, now: Now, response: Response, caller: Reader
) -> NewCalendarView:
    """Shown once. Not repeatable by key: a kept answer would be a kept secret. / Visas en gång."""
    # The address itself is the secret: it is in the answer, and not where logs of headers see it.
    response.headers["Location"] = f"{PREFIX}/calendars"

    async def work(tx: Transaction) -> NewCalendarView:
        return await calendars.create_calendar(tx, caller, now)

    return await mongo.transact(work)


@router.get("/calendars", summary="One's calendar addresses / Ens kalenderadresser")
async def list_calendars(db: Db, caller: Reader) -> Page[CalendarView]:
    items = await calendars.list_calendars(db, caller)
    return Page[CalendarView](items=items, page=1, limit=20)


@router.delete("/calendars/{calendar}", status_code=204, summary="Revoke / Återkalla")
async def revoke_calendar(db: Db, caller: Reader, calendar: Id) -> None:
    """Its address stops working at once. / Adressen slutar fungera direkt."""
    await calendars.revoke_calendar(db, caller, calendar)


@router.get(
    "/calendars/{calendar}",
    summary="Personal feed / Personligt kalenderflöde",
    dependencies=[Depends(public)],
    response_class=Response,
    responses=CALENDAR,  # pyright: ignore[reportArgumentType]
)
async def personal_feed(db: Db, now: Now, calendar: Secret) -> Response:
    """No token but the secret, so that a calendar program can read it. / Ingen annan nyckel än adressen."""
    body = await calendars.personal_feed(db, calendar, now)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    return calendar_answer(body, **headers)
