"""An agency joins, over HTTP."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from services.directory.agencies.api.agencies import (
    Admin,
    AgencyAnswer,
    EnglishName,
    FullName,
    Kind,
    MailDomain,
    Name,
    Places,
    ProtectionField,
    RoleMailboxes,
    agency_answer,
)
from services.directory.agencies.handlers import agencies
from services.directory.people.handlers import joining
from shared.contracts.types import Address, Slug, Text
from shared.mongo import Transaction
from shared.web.fields import Body
from shared.web.needs import Now, Once, Transactions

router = APIRouter(prefix="/directory/v1", tags=["agencies"])


class NewCoordinator(Body):
    employee_id: Text = Field(description="As in the feed / Som i flödet", examples=["4711"])
    given_name: Text = Field(description="Given name / Förnamn", examples=["Åsa"])
    family_name: Text = Field(description="Family name / Efternamn", examples=["Öberg"])
    email: Address = Field(description="E-mail / E-post", examples=["asa.oberg@bv.example"])


class NewAgency(Body):
    slug: Slug = Field(description="Its name in addresses / Namnet i adresser", examples=["bolagsverket"])
    name: Name
    full_name: FullName
    name_en: EnglishName
    kind: Kind = "myndighet"
    places: Places
    mail_domain: MailDomain
    role_mailboxes: RoleMailboxes = Field(default={})
    protection: ProtectionField = "undeclared"
    coordinator: NewCoordinator | None = Field(
        default=None,
        description="Its first coordinator, before its feed begins / Vem som företräder den från början",
    )
    hr_token: bool = Field(
        default=False,
        description="Make its HR system's token too, shown this once / Skapa också HR-systemets nyckel",
        examples=[True],
    )


class JoinedAgency(AgencyAnswer):
    token: str | None = Field(
        default=None,
        description="Of its HR system, shown this once / HR-systemets, visas bara nu",
        examples=[None],
    )


@router.post(
    "/agencies",
    status_code=201,
    response_model=JoinedAgency,
    summary="An agency joins / En myndighet går med",
)
async def join_network(
    mongo: Transactions, now: Now, once: Once, caller: Admin, body: NewAgency
) -> JSONResponse:
    """One step: the agency with its feed's topic, and if wanted its coordinator and its HR system's token.
    A token is never kept, so with one there is no second answer to the same Idempotency-Key.
    """
    fields = body.model_dump(exclude={"slug", "coordinator", "hr_token"})

    async def work(tx: Transaction) -> JoinedAgency:
        added = await agencies.add_agency(tx, body.slug, fields, now)
        if body.coordinator:
            added = await joining.appoint(tx, body.slug, body.coordinator.model_dump(), now)
        token = None
        if body.hr_token:
            token, _ = await agencies.create_token(tx, body.slug, "hr-system", joining.HR_SCOPES, now)
        return JoinedAgency(**agency_answer(added, caller).model_dump(), token=token)

    if body.hr_token:
        joined = await mongo.transact(work)
        return JSONResponse(joined.model_dump(mode="json"), 201, headers={"Cache-Control": "no-store"})
    return await once(caller, work)
