"""Still right? The link in a mail: looking at it does nothing, pressing the button does, once."""

from datetime import datetime

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.directory.people.rules.fields import seen
from services.directory.upkeep.handlers import upkeep as handlers
from shared.contracts.types import Language
from shared.mongo import Document, Transaction
from shared.web.fields import Answer, Secret
from shared.web.needs import Now, Transactions
from shared.web.policy import public

router = APIRouter(prefix="/directory/v1", tags=["people"], dependencies=[Depends(public)])


class ProfileToConfirm(Answer):
    """What others see of the person, for the person to say whether it is right: no more than the mail told,
    for whoever holds the link may have got it from somebody.
    """

    display_name: str = Field(description="As shown / Som det visas", examples=["Åsa Öberg"])
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    email: str | None = Field(description="E-mail / E-post", examples=["asa.oberg@bolagsverket.example"])
    phone: str = Field(description="Phone / Telefon", examples=["+46 60 18 40 00"])
    title: str = Field(description="Title / Titel", examples=["Inköpare"])
    place: str = Field(description="Place / Ort", examples=["Sundsvall"])
    specialties: list[str] = Field(description="Specialties / Specialiteter", examples=[["ramavtal"]])


class Confirmation(Answer):
    expires_at: datetime = Field(
        description="When the link ends / När länken slutar gälla", examples=["2027-01-23T08:00:00Z"]
    )
    confirmed_at: datetime | None = Field(
        description="When it was used, if it was / När den användes, om den har det", examples=[None]
    )
    language: Language = Field(description="The person's / Personens", examples=["sv"])
    profile: ProfileToConfirm | None = Field(
        description="Shown until the link is used / Visas tills länken har använts"
    )


class Confirmed(Answer):
    confirmed_at: datetime = Field(examples=["2026-11-23T08:00:00Z"])


@router.get("/confirmations/{secret}", summary="Is this still right? / Stämmer det här fortfarande?")
async def read_confirmation(
    mongo: Transactions, now: Now, response: Response, secret: Secret
) -> Confirmation:
    """Changes nothing: mail scanners open links as well."""
    response.headers["Cache-Control"] = "no-store"

    async def work(tx: Transaction) -> tuple[Document, Document]:
        return await handlers.by_secret(tx, secret, now)

    person, asked = await mongo.transact(work)
    shown, used = seen(person, "network"), asked.get("confirmed_at")
    fields = {name: shown[name] for name in ProfileToConfirm.model_fields if name in shown}
    return Confirmation(
        expires_at=asked["expires_at"],
        confirmed_at=used,
        language=shown["language"],
        profile=None if used else ProfileToConfirm(**fields),
    )


@router.post("/confirmations/{secret}", summary="It is still right / Det stämmer fortfarande")
async def confirm(mongo: Transactions, now: Now, response: Response, secret: Secret) -> Confirmed:
    """Once; pressed again, it answers the same and does nothing."""
    response.headers["Cache-Control"] = "no-store"

    async def work(tx: Transaction) -> datetime:
        return await handlers.confirm(tx, secret, now)

    return Confirmed(confirmed_at=await mongo.transact(work))
