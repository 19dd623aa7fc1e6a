"""Requests about what is held on people: which services have answered, and what came of it (O1)."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.directory.agencies.api.agencies import Writing
from services.directory.agencies.rules import NETWORK_ADMIN
from services.directory.privacy import refusals
from services.directory.privacy.handlers import privacy as handlers
from services.directory.privacy.rules.privacy import missing
from services.directory.privacy.store import privacy as store
from services.directory.refusals import IsForCoordinatorsOrNetwork
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.topics import SERVICES
from shared.contracts.types import Slug
from shared.mongo import Database, Document
from shared.web.fields import Answer, Id, Page
from shared.web.needs import Db, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["records"])
_ID = "019358a0-0000-7000-8000-000000000000"
_PERSON = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"


class Count(Answer):
    name: str = Field(description="Class / Slag", examples=["participations"])
    sv: str = Field(description="What it is, in Swedish / Vad det är", examples=["Kursplatser"])
    en: str = Field(description="What it is, in English / På engelska", examples=["Seats"])
    records: int = Field(description="How many / Hur många", examples=[3])
    action: str = Field(
        description="What an erasure does: deleted, unnamed, anonymous (a row of nobody in particular "
        "takes its place), blanked, taken_out, kept / Vad en borttagning gör: tas bort, utan namn, "
        "anonymt, tömt, utplockat, kvar",
        examples=["anonymous"],
    )


class MentionAnswer(Answer):
    """A text of others' in which the name stands / En text av andra där namnet står."""

    thing: str = Field(description="Which / Vilken", examples=["question/0193"])
    field: str = Field(description="Where in it / Var i den", examples=["text"])
    redacted: bool = Field(
        description="It was taken out; not, where others are called the same / Det är borttaget; inte "
        "om andra heter likadant",
        examples=[False],
    )


class ServiceReceipt(Answer):
    service: str = Field(description="Which service / Vilken tjänst", examples=["events"])
    answered_at: datetime | None = Field(
        description="None: not yet / Tomt: inte än", examples=["2026-11-25T09:00:02Z"]
    )
    classes: list[Count] = Field(description="What it held / Vad den hade")
    mentions: list[MentionAnswer] = Field(description="The name in others' words / Namnet i andras ord")


class PrivacyRequestAnswer(Answer):
    id: str = Field(examples=[_ID])
    kind: Literal["count", "export", "erasure"] = Field(
        description="count is the dry run of an erasure / count är provet före en borttagning",
        examples=["export"],
    )
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    person_id: str | None = Field(
        description="None once the erasure is done / Tomt när borttagningen är klar", examples=[_PERSON]
    )
    state: Literal["open", "done", "expired", "withdrawn"] = Field(
        description="done: every service has answered / done: alla tjänster har svarat", examples=["open"]
    )
    at: datetime = Field(description="When / När", examples=["2026-11-25T09:00:00Z"])
    missing: list[str] = Field(
        description="Services that have not answered / Tjänster som inte har svarat", examples=[["courses"]]
    )
    services: list[ServiceReceipt] = Field(description="A receipt each / Ett kvitto var")


def answer_of(request: Mapping[str, Any]) -> PrivacyRequestAnswer:
    people = request["people"]
    return PrivacyRequestAnswer(
        id=request["_id"],
        kind=request["kind"],
        agency=request["agency"],
        person_id=people[0]["id"] if len(people) == 1 else None,
        state=request["state"],
        at=request["at"],
        missing=missing(request) if request["state"] == "open" else [],
        services=[_receipt(name, request["services"][name]) for name in SERVICES],
    )


def _receipt(service: str, receipt: Mapping[str, Any]) -> ServiceReceipt:
    shown = {name: receipt[name] for name in ("answered_at", "classes", "mentions")}
    return ServiceReceipt.model_validate({"service": service, **shown})


@router.get("/privacy-requests", summary="Latest requests / Senaste begäranden")
async def list_privacy_requests(
    db: Db,
    caller: Writing,
    paging: Pages,
    agency: Annotated[Slug | None, Query()] = None,
) -> Page[PrivacyRequestAnswer]:
    """An agency's, for its coordinators and the network's administration; else one's own."""
    wanted = agency or caller.agency
    whole = NETWORK_ADMIN in caller.scopes or (caller.coordinator and caller.agency == wanted)
    if not whole and (caller.is_system or wanted != caller.agency):
        raise IsForCoordinatorsOrNetwork
    found = await store.page(db, wanted, None if whole else caller.person_id, paging.offset, paging.fetch)
    return Page(**paging.of([answer_of(each) for each in found]))


@router.get("/privacy-requests/{request_id}", summary="Who has answered / Vilka som har svarat")
async def read_privacy_request(db: Db, caller: Writing, request_id: Id) -> PrivacyRequestAnswer:
    return answer_of(await _own(db, caller, request_id))


@router.get(
    "/privacy-requests/{request_id}/export",
    summary="All that is held on a person / Allt som finns om en person",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "Everything, by service and class"}},
)
async def read_privacy_export(mongo: Transactions, db: Db, caller: Writing, request_id: Id) -> Response:
    """Kept for a week. What has come so far, with the services that have not answered in `missing`."""
    asked = await _own(db, caller, request_id)
    if asked["kind"] != "export" or not asked["key"] or len(asked["people"]) != 1:
        raise refusals.NothingToFetch
    person_id = asked["people"][0]["id"]
    await audit.record_reading(mongo, "export.read", agency=asked["agency"], person=person_id)
    content = {
        "person_id": person_id,
        "made_at": asked["at"],
        "missing": missing(asked),
        "services": await handlers.gathered(db, asked),
    }
    headers = {
        "Content-Disposition": 'attachment; filename="my-data.json"',
        "Cache-Control": "no-store",
    }
    text = await asyncio.to_thread(json.dumps, content, default=_text, ensure_ascii=False, indent=1)
    return Response(text.encode(), media_type="application/json", headers=headers)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def _own(db: Database, caller: Caller, request_id: str) -> Document:
    """
    Raises:
        NotFound: there is none, or none that is this caller's affair.

    """
    found = await handlers.load(db, request_id)
    admin = NETWORK_ADMIN in caller.scopes
    coordinator = caller.coordinator and caller.agency == found["agency"]
    ids = [each["id"] for each in found["people"]]
    own = len(ids) == 1 and caller.is_person(ids[0])
    if not (admin or coordinator or own):
        raise refusals.NoSuchRequest
    return found
