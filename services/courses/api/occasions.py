"""Occasions."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import JSONResponse

from services.courses.api.courses import Reader, Writer
from services.courses.handlers import occasions
from services.courses.models import documents
from services.courses.models.documents import day_of
from services.courses.models.shapes import NewOccasion, Occasion, OccasionChanges
from shared.mongo import Transaction
from shared.web.conditions import IfMatch
from shared.web.fields import Id, Page, etag
from shared.web.needs import Db, Now, Once, Pages, Transactions

router = APIRouter(prefix="/courses/v1", tags=["occasions"])


@router.get("/occasions", summary="Occasions by first day / Kurstillfällen efter första dag")
async def list_occasions(
    db: Db,
    now: Now,
    _caller: Reader,
    paging: Pages,
    course_id: Annotated[str | None, Query(max_length=36, description="Of one course / Av en kurs")] = None,
    coming: Annotated[bool, Query(description="Only from today on / Bara från och med i dag")] = False,
) -> Page[Occasion]:
    found = await occasions.listed(
        db,
        course_id,
        day_of(now) if coming else None,
        paging.offset,
        paging.fetch,
    )
    return Page[Occasion](**paging.of([Occasion.of(occasion) for occasion in found]))


@router.post(
    "/occasions",
    status_code=status.HTTP_201_CREATED,
    response_model=Occasion,
    summary="A new occasion, held by your agency / Nytt kurstillfälle, som din myndighet ordnar",
)
async def create_occasion(db: Db, now: Now, once: Once, caller: Writer, body: NewOccasion) -> JSONResponse:
    agencies = await occasions.known_agencies(db)

    async def work(tx: Transaction) -> Occasion:
        return Occasion.of(await occasions.create(tx, caller, body, agencies, now))

    return await once(caller, work)


@router.get("/occasions/{occasion_id}", summary="One occasion / Ett kurstillfälle")
async def get_occasion(db: Db, response: Response, _caller: Reader, occasion_id: Id) -> Occasion:
    occasion = await occasions.find(db, occasion_id)
    response.headers["ETag"] = etag(occasion.edition)
    return Occasion.of(occasion)


@router.patch("/occasions/{occasion_id}", summary="Change or call off / Ändra eller ställ in")
async def change_occasion(
    mongo: Transactions,
    db: Db,
    now: Now,
    *,
    response: Response,
    caller: Writer,
    occasion_id: Id,
    body: OccasionChanges,
    if_match: IfMatch = None,
) -> Occasion:
    agencies = await occasions.known_agencies(db)

    async def work(tx: Transaction) -> documents.Occasion:
        return await occasions.change(
            tx, caller, occasion_id, body, agencies=agencies, if_match=if_match, now=now
        )

    occasion = await mongo.transact(work)
    response.headers["ETag"] = etag(occasion.edition)
    return Occasion.of(occasion)


@router.post(
    "/occasions/{occasion_id}/cancellation",
    status_code=status.HTTP_200_OK,
    summary="Call off; everybody is told / Ställ in; alla får veta",
)
async def cancel_occasion(mongo: Transactions, now: Now, caller: Writer, occasion_id: Id) -> Occasion:

    async def work(tx: Transaction) -> documents.Occasion:
        return await occasions.call_off(tx, caller, occasion_id, now)

    return Occasion.of(await mongo.transact(work))
