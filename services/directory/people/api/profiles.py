"""A person as far as the caller may see them."""

from datetime import date
from typing import Any

from pydantic import Field

from services.directory.people.rules import completeness
from services.directory.people.rules.fields import (
    HIDABLE,
    OWN_FIELDS,
    Audience,
    Owner,
    Sight,
    hidden,
    owner_of,
    seen,
)
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import people, profiles
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.types import Language, Weekday
from shared.mongo import Database, Document, Mongo
from shared.refusals import NoSuchPerson
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
    working_days: list[Weekday] = Field(
        default=[],
        description="When to be reached; empty where nobody has said / När personen går att nå; tomt om "
        "ingen har sagt något",
        examples=[["MO", "TU", "TH"]],
    )
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


class CoverAnswer(Answer):
    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    display_name: str = Field(description="Who covers / Vem som täcker", examples=["Göran Ågren"])
    email: str | None = Field(description="E-mail / E-post", examples=["goran.agren@bolagsverket.example"])
    phone: str = Field(description="Phone / Telefon", examples=["+46 60 18 40 02"])


class MissingAnswer(Answer):
    field: str = Field(description="What is missing / Vad som saknas", examples=["working_days"])
    owner: Owner = Field(
        description="Who can fill it in: the agency in its own system, or the person / Vem som kan fylla i "
        "det: myndigheten i sitt eget system, eller personen",
        examples=["person"],
    )
    why: str = Field(
        description="Why it matters, in the reader's language / Varför det spelar roll, på läsarens språk",
        examples=["Så vet andra när det går att nå dig."],
    )


class CompletenessAnswer(Answer):
    percent: int = Field(description="0–100", examples=[95])
    missing: list[MissingAnswer] = Field(description="What matters most first / Viktigast först")


class FieldAnswer(Answer):
    field: str = Field(examples=["phone"])
    owner: Owner = Field(description="Whose value is shown / Vems uppgift som visas", examples=["person"])
    agency_value: Any = Field(
        description="What the agency's system says / Vad myndighetens system säger", examples=["060-18 40 00"]
    )
    own_value: Any = Field(
        description="What the person wrote, null if nothing / Vad personen skrev, annars null",
        examples=["070-174 06 05"],
    )


class OwnAgencyAnswer(PersonAnswer):
    """With the one who covers; for the person and their agency also what we could not read, what the person
    wrote over it, who sees what, and how complete it all is.
    """

    cover: CoverAnswer | None = Field(
        default=None, description="Who covers an absence / Vem som täcker upp under frånvaro"
    )
    unmapped: list[str] | None = Field(
        default=None,
        description="The agency's words that are no role here / Myndighetens ord som inte är någon roll här",
        examples=[["Inköpsstrateg"]],
    )
    own: dict[str, Any] | None = Field(
        default=None, description="What the person wrote / Vad personen själv skrev", examples=[{}]
    )
    visibility: dict[str, Audience] | None = Field(
        default=None,
        description="Who sees each field that can be hidden / Vem som ser varje fält som går att dölja",
        examples=[dict.fromkeys(HIDABLE, "network")],
    )
    owners: list[FieldAnswer] | None = Field(
        default=None,
        description="Fields that the person may write, with both values / Fält som personen får skriva, med "
        "båda uppgifterna",
    )
    completeness: CompletenessAnswer | None = Field(
        default=None, description="How complete the profile is / Hur komplett profilen är"
    )


_PLAIN = set(PersonAnswer.model_fields) - {"id"}


def sight_of(caller: Caller, person: Document) -> Sight:
    """How much of the person this caller sees."""
    if caller.agency != person["agency"]:
        return "network"
    return "all" if caller.coordinator or caller.is_person(person["_id"]) else "own_agency"


def person_answer(document: Document, caller: Caller) -> PersonAnswer:
    return PersonAnswer(**shown_fields(document, caller))


def shown_fields(document: Document, caller: Caller) -> Document:
    """By the names of `PersonAnswer`, for an answer that has more than that."""
    shown = seen(document, sight_of(caller, document))
    return {"id": document["_id"], **{name: shown[name] for name in _PLAIN & shown.keys()}}


async def full_answer(db: Database, document: Document, caller: Caller, reader: Language) -> OwnAgencyAnswer:
    """`document` with its record."""
    fields = shown_fields(document, caller)
    if fields["absence"]:
        fields["cover"] = await _cover(db, fields["absence"], caller)
    if not caller.acts_for(document["agency"], document["_id"]):
        return OwnAgencyAnswer(**fields)
    record = people.record_of(document)
    out_of_sight = hidden(document.get("visibility", {}), sight_of(caller, document))
    own = {name: value for name, value in document["own"].items() if name not in out_of_sight}
    return OwnAgencyAnswer(
        **fields,
        unmapped=document["unmapped"],
        own=own,
        visibility={**dict.fromkeys(HIDABLE, "network"), **document.get("visibility", {})},
        owners=[
            FieldAnswer(
                field=name,
                owner=owner_of(name, document["own"]),
                agency_value=record.get(name),
                own_value=own.get(name),
            )
            for name in sorted(OWN_FIELDS - out_of_sight - {"visibility"})
        ],
        completeness=completeness_answer(document, reader),
    )


async def _cover(db: Database, absence: Document, caller: Caller) -> CoverAnswer | None:
    if not absence.get("covered_by"):
        return None
    covering = await profiles.find_many(db, [absence["covered_by"]])
    return next((CoverAnswer(**shown_fields(each, caller)) for each in covering.values()), None)


def completeness_answer(document: Document, reader: Language) -> CompletenessAnswer:
    lacking = completeness.missing(document)
    return CompletenessAnswer(
        percent=completeness.percent(lacking),
        missing=[
            MissingAnswer(
                field=each.field, owner=each.owner, why=each.why_sv if reader == "sv" else each.why_en
            )
            for each in lacking
        ],
    )


def may_see(document: Document, caller: Caller) -> bool:
    return is_visible(document) or caller.acts_for(document["agency"], document["_id"])


async def note_reading(mongo: Mongo, caller: Caller, person: Document) -> None:
    """Call before somebody is shown: what the caller sees by their office alone, and the network does not, is
    in the audit.
    """
    by_office = sight_of(caller, person) == "all" and hidden(person.get("visibility") or {}, "network")
    if not caller.is_person(person["_id"]) and (person["protected"] or by_office):
        await audit.record_reading(mongo, "person.read", agency=person["agency"], person=person["_id"])


async def require_person(db: Database, caller: Caller, person_id: str) -> Document:
    """
    Raises:
        NotFound: there is nobody, or nobody whom this caller may know of.

    """
    document = await profiles.find_one(db, person_id)
    if document is None or not may_see(document, caller):
        raise NoSuchPerson
    return document
