"""A person as far as the caller may see them."""

from datetime import date
from typing import Any

from pydantic import Field

from services.directory.store import profiles
from shared.auth import Caller
from shared.errors import NotFound
from shared.mongo import Database, Document
from shared.web.fields import Answer

_DAY = "2024-02-01"


class HeldAnswer(Answer):
    code: str = Field(description="Role code / Rollkod", examples=["upphandlare"])
    since: date | None = Field(default=None, description="From / Från", examples=[_DAY])
    until: date | None = Field(default=None, description="To / Till", examples=[None])


class AbsenceAnswer(Answer):
    since: date = Field(description="From / Från", examples=[_DAY])
    until: date = Field(description="To / Till", examples=[_DAY])
    covered_by: str | None = Field(
        default=None, description="Who covers, a person id / Vem som täcker, en persons id", examples=[None]
    )


class PersonAnswer(Answer):
    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    status: str = Field(
        description="left and protected people are seen by their own agency only / "
        "Slutat och skyddad syns bara för den egna myndigheten",
        examples=["active"],
    )
    protected: bool = Field(description="Protected identity / Skyddade personuppgifter", examples=[False])
    given_name: str = Field(description="Given name / Förnamn", examples=["Åsa"])
    family_name: str = Field(description="Family name / Efternamn", examples=["Öberg"])
    display_name: str = Field(description="As shown / Som det visas", examples=["Åsa Öberg"])
    email: str | None = Field(description="E-mail / E-post", examples=["asa.oberg@bolagsverket.example"])
    phone: str = Field(description="Phone / Telefon", examples=["+46 60 18 40 00"])
    title: str = Field(description="Title / Titel", examples=["Inköpare"])
    roles: list[HeldAnswer] = Field(description="Roles / Roller")
    assignments: list[HeldAnswer] = Field(description="Assignments / Uppdrag")
    specialties: list[str] = Field(description="Specialties / Specialiteter", examples=[["ramavtal"]])
    unit: str = Field(description="Unit / Enhet", examples=["Ekonomi"])
    place: str = Field(description="Place / Ort", examples=["Sundsvall"])
    employed_from: date | None = Field(description="Employed since / Anställd sedan", examples=[_DAY])
    language: str = Field(description="sv or en / sv eller en", examples=["sv"])
    groups: list[str] = Field(description="Group ids / Gruppers id", examples=[[]])
    absence: AbsenceAnswer | None = Field(description="Away / Frånvaro")
    ask_me_about: list[str] = Field(description="Ask me about / Fråga mig om", examples=[["e-faktura"]])
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


class OwnAgencyAnswer(PersonAnswer):
    """For the person and their agency: also what we could not read, and what the person wrote over it."""

    unmapped: list[str] | None = Field(
        default=None,
        description="The agency's words that are no role here / Myndighetens ord som inte är någon roll här",
        examples=[["Inköpsstrateg"]],
    )
    own: dict[str, Any] | None = Field(
        default=None, description="What the person wrote / Vad personen själv skrev", examples=[{}]
    )


_PLAIN = set(PersonAnswer.model_fields) - {"id"}


def person_answer(document: Document) -> PersonAnswer:
    return PersonAnswer(id=document["_id"], **{name: document[name] for name in _PLAIN})


def full_answer(document: Document, caller: Caller) -> OwnAgencyAnswer:
    plain = person_answer(document).model_dump()
    if not caller.acts_for(document["agency"], document["_id"]):
        return OwnAgencyAnswer(**plain)
    return OwnAgencyAnswer(**plain, unmapped=document["unmapped"], own=document["own"])


def may_see(document: Document, caller: Caller) -> bool:
    return profiles.is_visible(document) or caller.acts_for(document["agency"], document["_id"])


async def require_person(db: Database, caller: Caller, person_id: str) -> Document:
    """
    Raises:
        NotFound: there is nobody, or nobody whom this caller may know of.

    """
    document = await profiles.find_one(db, person_id)
    if document is None or not may_see(document, caller):
        raise NotFound("There is no such person.")
    return document
