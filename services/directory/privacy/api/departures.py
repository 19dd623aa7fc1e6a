"""An agency leaves the network, with all its data (D24)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug
from services.directory.agencies.rules import NETWORK_ADMIN
from services.directory.privacy import refusals
from services.directory.privacy.handlers import departures as handlers
from services.directory.refusals import IsForCoordinatorsOrNetwork
from shared.auth import Caller
from shared.contracts.types import Slug
from shared.errors import Invalid
from shared.mongo import Database, Document, Transaction
from shared.web.fields import Answer, Body, Id
from shared.web.needs import Db, Now, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1", tags=["agencies"])
Leaving = Annotated[Caller, Depends(Bearer(NETWORK_ADMIN, people=True))]


class Completion(Body):
    agency: Slug = Field(
        description="The slug once more, so that it is meant / Namnet en gång till, så att det är menat",
        examples=["bolagsverket"],
    )


class DepartureAnswer(Answer):
    id: str = Field(examples=["019358a0-0000-7000-8000-000000000000"])
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    state: Literal["collecting", "ready", "leaving", "gone"] = Field(
        description="Archive being made, ready to be fetched; leaving, gone / "
        "Arkivet görs, kan hämtas; på väg, borta",
        examples=["ready"],
    )
    at: datetime = Field(description="Begun / Påbörjad", examples=["2026-11-25T09:00:00Z"])
    counts: dict[str, int] = Field(
        description="Records in the archive / Poster i arkivet", examples=[{"people": 1200}]
    )
    size: int = Field(description="Bytes of the archive / Arkivets storlek", examples=[48000])
    sha256: str = Field(description="Of the archive / Arkivets kontrollsumma", examples=["9f86d081…"])
    missing: list[str] = Field(
        description="Services that it waits for / Tjänster som den väntar på", examples=[["courses"]]
    )


async def _answer(db: Database, job: Document) -> DepartureAnswer:
    shown = {name: job[name] for name in DepartureAnswer.model_fields if name not in {"id", "missing"}}
    return DepartureAnswer(id=job["_id"], missing=await handlers.missing(db, job), **shown)


def _require(caller: Caller, agency: str) -> None:
    """
    Raises:
        NotFound: a person of another agency.
        Forbidden: neither the agency's coordinator nor the network's administration.

    """
    if NETWORK_ADMIN in caller.scopes or (caller.coordinator and caller.agency == agency):
        return
    if caller.agency != agency:
        raise refusals.NoSuchDeparture
    raise IsForCoordinatorsOrNetwork


@router.post(
    "/agencies/{slug}/departure",
    status_code=202,
    summary="An agency wants to leave / En myndighet vill lämna",
)
async def begin_departure(
    mongo: Transactions, db: Db, now: Now, caller: Leaving, slug: AgencySlug
) -> DepartureAnswer:
    """Only makes the archive; nothing is taken away before the completion. Idempotent."""
    _require(caller, slug)
    by = caller.person_id or caller.agency

    async def work(tx: Transaction) -> Document:
        return await handlers.begin(tx, slug, by, now)

    return await _answer(db, await mongo.transact(work))


@router.get("/departures/{departure_id}", summary="How far it has come / Hur långt det har kommit")
async def read_departure(db: Db, caller: Leaving, departure_id: Id) -> DepartureAnswer:
    job = await handlers.load(db, departure_id)
    _require(caller, job["agency"])
    return await _answer(db, job)


@router.get(
    "/departures/{departure_id}/archive",
    summary="All the agency's data / All myndighetens data",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "JSON Lines in a zip file"}},
)
async def read_archive(mongo: Transactions, db: Db, caller: Leaving, departure_id: Id) -> StreamingResponse:
    """Kept for thirty days, for the network's administration after the agency has gone, too."""
    job = await handlers.load(db, departure_id)
    _require(caller, job["agency"])
    if not job["size"]:
        raise refusals.ArchiveIsNotReady

    headers = {
        "Content-Disposition": f'attachment; filename="{job["agency"]}.zip"',
        "Content-Length": str(job["size"]),
        "Cache-Control": "no-store",
    }
    pieces = await handlers.hand_out(mongo, job)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.post(
    "/departures/{departure_id}/completion",
    status_code=202,
    summary="Leave for good / Lämna för gott",
)
async def complete_departure(
    mongo: Transactions, db: Db, caller: Leaving, departure_id: Id, body: Completion
) -> DepartureAnswer:
    """Its tokens die at once, its people are gone from everywhere within minutes. Idempotent."""
    job = await handlers.load(db, departure_id)
    _require(caller, job["agency"])
    if body.agency != job["agency"]:
        raise Invalid(agency=refusals.IsNotLeavingAgency())

    async def work(tx: Transaction) -> Document:
        return await handlers.complete(tx, departure_id)

    return await _answer(db, await mongo.transact(work))
