"""The tokens of an agency's systems."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug, Writing, require_own
from services.directory.agencies.handlers import agencies as handlers
from shared.auth import Scope
from shared.contracts.types import Text
from shared.mongo import Document, Transaction
from shared.web.fields import Answer, Body, Page
from shared.web.needs import Now, Transactions

router = APIRouter(prefix="/directory/v1/agencies/{slug}/tokens", tags=["agencies"])
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["9f86d081884c7d65"])]
Name = Annotated[Text, Field(description="Which system / Vilket system", examples=["hr-systemet"])]


class NewToken(Body):
    name: Name
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=20,
        description="What it may do / Vad den får göra",
        examples=[["staff:write", "directory:read"]],
    )
    days: int = Field(
        default=365,
        ge=1,
        le=730,
        description="How long it is good for / Hur länge den gäller",
        examples=[365],
    )


class TokenAnswer(Answer):
    id: str = Field(examples=["9f86d081884c7d65"])
    name: Name
    scopes: list[str] = Field(description="What it may do / Vad den får göra", examples=[["staff:write"]])
    created_at: datetime = Field(description="Made / Skapad", examples=["2026-11-23T08:00:00Z"])
    expires_at: datetime = Field(description="Good until / Gäller till", examples=["2027-11-23T08:00:00Z"])


class ShownToken(TokenAnswer):
    token: str = Field(
        description="Shown this once; we keep only its SHA-256 / Visas bara nu; vi sparar bara dess SHA-256",
        examples=["agn_…"],
    )


def _answer(kept: Document) -> TokenAnswer:
    return TokenAnswer(**{name: kept[name] for name in TokenAnswer.model_fields})


@router.post(
    "",
    status_code=201,
    response_model=ShownToken,
    summary="A new token; the third of a name retires the oldest / "
    "En ny nyckel; den tredje med samma namn ersätter den äldsta",
)
async def create_token(
    mongo: Transactions, now: Now, caller: Writing, slug: AgencySlug, body: NewToken
) -> JSONResponse:
    """No Idempotency-Key: to answer again we would have to keep the token itself. Rotation heals a lost
    answer: ask again, and the one that nobody has goes first.
    """
    scopes = list(dict.fromkeys(body.scopes))

    async def work(tx: Transaction) -> ShownToken:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        handlers.check_scopes(scopes, caller.scopes, coordinator=caller.coordinator)
        token, kept = await handlers.create_token(tx, slug, body.name, scopes, now, days=body.days)
        return ShownToken(token=token, **_answer(kept).model_dump())

    shown = await mongo.transact(work)
    return JSONResponse(shown.model_dump(mode="json"), 201, headers={"Cache-Control": "no-store"})


@router.get("", summary="Tokens that are alive / Giltiga nycklar")
async def list_tokens(mongo: Transactions, now: Now, caller: Writing, slug: AgencySlug) -> Page[TokenAnswer]:
    async def work(tx: Transaction) -> Document:
        agency = await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        return agency

    agency = await mongo.transact(work)
    alive = [_answer(token) for token in agency["tokens"] if token["expires_at"] > now]
    return Page(items=alive, page=1, limit=max(1, len(alive)))


@router.delete("/{token_id}", status_code=204, summary="Revoke a token / Spärra en nyckel")
async def revoke_token(mongo: Transactions, caller: Writing, slug: AgencySlug, token_id: TokenId) -> None:
    async def work(tx: Transaction) -> None:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        await handlers.revoke_token(tx, slug, token_id)

    await mongo.transact(work)
