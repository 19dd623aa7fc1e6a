"""Addresses that the agency is asked to put right, and mails that are held back from them (N7, N17)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.notify.handlers import wrong_addresses
from services.notify.models import AddressTask
from shared.auth import Caller
from shared.contracts.types import Slug
from shared.mongo import Transaction
from shared.web.fields import Id, Page, Paging
from shared.web.policy import Bearer

router = APIRouter(prefix="/notify/v1", tags=["tasks"])


@router.get("/tasks", summary="Addresses to put right / Adresser att rätta")
async def tasks(
    request: Request,
    caller: Annotated[Caller, Depends(Bearer("notify:read", people=True))],
    agency: Annotated[Slug, Query(description="Agency / Myndighet", examples=["bolagsverket"])],
    paging: Annotated[Paging, Depends()],
) -> Page[AddressTask]:
    """For its systems and coordinators, the oldest first. A task ends when the directory has another address,
    or a mail arrives. / För myndighetens system och samordnare, de äldsta först.
    """
    db = request.app.state.mongo.db
    found = await wrong_addresses.tasks(db, caller, agency, paging.offset, paging.fetch)
    return Page[AddressTask](**paging.of(found))


@router.delete(
    "/suppressions/{person_id}", summary="Mail this address again / Mejla adressen igen", status_code=204
)
async def try_again(
    request: Request,
    person_id: Id,
    caller: Annotated[Caller, Depends(Bearer("notify:write", people=True))],
) -> None:
    """The mailbox is there by now; the next mail shows. / Brevlådan finns nu; nästa mejl visar det."""

    async def work(tx: Transaction) -> None:
        await wrong_addresses.try_again(tx, caller, person_id)

    await request.app.state.mongo.transact(work)
