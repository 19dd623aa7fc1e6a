"""Addresses that the agency is asked to put right, and mails that are held back from them (N7, N17)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.notify.handlers import wrong_addresses
from services.notify.models import AddressTask
from shared.auth import Caller
from shared.contracts.types import Slug
from shared.mongo import Transaction
from shared.web.fields import Id, Page
from shared.web.needs import Db, Pages, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/notify/v1", tags=["tasks"])


@router.get("/tasks", summary="Addresses to put right / Adresser att rätta")
async def tasks(
    db: Db,
    caller: Annotated[Caller, Depends(Bearer("notify:read", people=True))],
    agency: Annotated[Slug, Query(description="Agency / Myndighet", examples=["bolagsverket"])],
    paging: Pages,
) -> Page[AddressTask]:
    """For its systems and coordinators, the oldest first. A task ends when the directory has another address,
    or a mail arrives. / För myndighetens system och samordnare, de äldsta först.
    """
    found = await wrong_addresses.tasks(db, caller, agency, paging.offset, paging.fetch)
    return Page[AddressTask](**paging.of(found))


@router.delete(
    "/suppressions/{person_id}", summary="Mail this address again / Mejla adressen igen", status_code=204
)
async def try_again(
    mongo: Transactions,
    person_id: Id,
    caller: Annotated[Caller, Depends(Bearer("notify:write", people=True))],
) -> None:
    """The mailbox is there by now; the next mail shows. / Brevlådan finns nu; nästa mejl visar det."""

    async def work(tx: Transaction) -> None:
        await wrong_addresses.try_again(tx, caller, person_id)

    await mongo.transact(work)
