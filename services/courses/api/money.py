"""Costs, settlements and savings. All amounts in öre."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from services.courses.api.courses import Reader, Writer
from services.courses.handlers import settlements
from services.courses.models import documents
from services.courses.models.documents import day_of
from services.courses.models.money import CostShares, NetworkFigures, Period, Savings, Settlement
from shared.mongo import Transaction
from shared.web.fields import Id, Page
from shared.web.needs import Db, Now, Pages, Transactions

router = APIRouter(prefix="/courses/v1", tags=["costs and savings"])
Agency = Annotated[
    str | None, Query(max_length=60, description="Yours unless told / Din om inget sägs", examples=["csn"])
]
Span = Annotated[
    Period | None, Query(description="A year or a month / Ett år eller en månad", examples=["2027-02"])
]


@router.get(
    "/occasions/{occasion_id}/cost-shares",
    summary="Each agency's share: an estimate until it is settled / Varje myndighets del",
)
async def get_cost_shares(db: Db, now: Now, _caller: Reader, occasion_id: Id) -> CostShares:
    return await settlements.cost_shares(db, occasion_id, now)


@router.post(
    "/occasions/{occasion_id}/settlement",
    status_code=status.HTTP_201_CREATED,
    summary="Settle the cost after the last day, for good / Gör upp kostnaden efter sista dagen",
)
async def settle_occasion(mongo: Transactions, now: Now, caller: Writer, occasion_id: Id) -> Settlement:
    """Idempotent: there is one settlement, and it never changes. / Kan göras om: den ändras aldrig."""

    async def work(tx: Transaction) -> documents.Settlement:
        return await settlements.settle(tx, occasion_id, now, caller)

    return Settlement.of(await mongo.transact(work))


@router.get(
    "/settlements",
    summary="Settlements that concern your agency / Uppgörelser som rör din myndighet",
)
async def list_settlements(
    db: Db, caller: Reader, paging: Pages, agency: Agency = None, period: Span = None
) -> Page[Settlement]:
    """With another agency: those that concern both. / Med en annan myndighet: de som rör båda."""
    agencies = [caller.agency, agency or caller.agency]
    found = await settlements.listed(db, agencies, period, paging.offset, paging.fetch)
    return Page[Settlement](**paging.of([Settlement.of(settlement) for settlement in found]))


@router.get(
    "/savings",
    summary="What your agency saved, and from which rows / Vad din myndighet sparade, och på vilka rader",
)
async def get_savings(
    db: Db, now: Now, caller: Reader, agency: Agency = None, period: Span = None
) -> Savings:
    """Of this year unless told. / För i år om inget sägs."""
    period = period or str(day_of(now).year)
    return await settlements.saved(db, caller, agency or caller.agency, period, now)


@router.get(
    "/network-figures",
    summary="Seats and savings of the whole network / Hela nätverkets platser och besparingar",
)
async def read_figures(db: Db, now: Now, caller: Reader, period: Span = None) -> NetworkFigures:
    """For the steering committee; of this year unless told. / För styrgruppen; i år om inget sägs."""
    period = period or str(day_of(now).year)
    return await settlements.network_figures(db, caller, period, now)
