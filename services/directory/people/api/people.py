"""People over HTTP: read, and what they say of themselves."""

from copy import deepcopy
from typing import Annotated, Self, get_args

from fastapi import APIRouter, Request, Response
from pydantic import Field, field_validator, model_validator

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.conditions import language
from services.directory.days import today
from services.directory.people import refusals
from services.directory.people.api.contacts import AS_VCARD, VCARD, as_vcards, wants
from services.directory.people.api.profiles import (
    OwnAgencyAnswer,
    full_answer,
    may_see,
    note_reading,
    person_answer,
)
from services.directory.people.api.profiles import require_person as require
from services.directory.people.handlers import people as handlers
from services.directory.people.rules.fields import Audience, Hidable
from services.directory.people.rules.history import Author
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.refusals import IsForPersonOrAgency
from shared.contracts.types import Language, Text, Weekday
from shared.errors import Invalid
from shared.mongo import Document, Transaction
from shared.refusals import NoSuchPerson
from shared.web.conditions import IfMatch, require_match
from shared.web.fields import PHONE, Body, Day, Id, etag
from shared.web.needs import Db, Now, Transactions

router = APIRouter(prefix="/directory/v1", tags=["people"])
PhoneText = Annotated[str, Field(max_length=200, pattern=PHONE)]


class AbsenceBody(Body):
    since: Day = Field(description="From / Från", examples=["2026-12-21"])
    until: Day = Field(description="To / Till", examples=["2027-01-06"])
    covered_by: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f-]{36}$",
        description="A colleague's person id; left out, it stays as it is / En kollegas person-id; det som "
        "utelämnas ändras inte",
        examples=[None],
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.since:
            raise refusals.UntilBeforeSince
        return self


class OwnFields(Body):
    """What is left out stays; null gives the field back to the agency's system / Det som utelämnas ändras
    inte; null låter myndighetens system bestämma fältet igen.
    """

    phone: PhoneText | None = Field(default=None, description="Phone / Telefon", examples=["060-18 40 01"])
    ask_me_about: list[Text] | None = Field(
        default=None, max_length=20, description="Ask me about / Fråga mig om", examples=[["e-faktura"]]
    )
    absence: AbsenceBody | None = Field(default=None, description="Away / Frånvaro")
    language: Language | None = Field(default=None, description="sv or en / sv eller en", examples=["sv"])
    working_days: list[Weekday] | None = Field(
        default=None,
        max_length=7,
        description="When to be reached / När du går att nå",
        examples=[["MO", "TU", "TH"]],
    )
    visibility: dict[Hidable, Audience] | None = Field(
        default=None,
        description="Who sees each field: network, own_agency or nobody (you and your coordinator still do). "
        "What is not named is seen by the network / Vem som ser varje fält: nätverket, den egna myndigheten "
        "eller ingen (du och din samordnare ser det ändå). Det som inte nämns ser hela nätverket",
        examples=[{"phone": "own_agency"}],
    )
    reason: Text | None = Field(
        default=None,
        description="Why, for the history / Varför, till historiken",
        examples=["Ny telefon"],
    )

    @field_validator("working_days")
    @classmethod
    def _in_week_order(cls, days: list[Weekday] | None) -> list[Weekday] | None:
        return days and [day for day in get_args(Weekday) if day in days]

    @field_validator("visibility")
    @classmethod
    def _only_what_is_hidden(cls, chosen: dict[Hidable, Audience] | None) -> dict[Hidable, Audience] | None:
        return chosen and {name: who for name, who in chosen.items() if who != "network"}


@router.get(
    "/people/{person_id}",
    summary="A person / En person",
    response_model=OwnAgencyAnswer,
    responses=AS_VCARD,
)
async def read_person(
    request: Request,
    mongo: Transactions,
    db: Db,
    now: Now,
    response: Response,
    caller: Reading,
    person_id: Id,
) -> OwnAgencyAnswer | Response:
    """With `Accept: text/vcard` as a vCard."""
    document = await require(db, caller, person_id)
    await note_reading(mongo, caller, document)
    if wants(request, VCARD):
        shown = person_answer(document, caller)
        return await as_vcards(db, [shown], language(request), today(now), name=person_id)
    response.headers["ETag"] = etag(document["version"])
    return await full_answer(db, document, caller, language(request))


@router.patch("/people/{person_id}", summary="What I say of myself / Det jag själv uppger")
async def write_own_fields(
    *,
    request: Request,
    mongo: Transactions,
    db: Db,
    now: Now,
    response: Response,
    caller: Writing,
    person_id: Id,
    body: OwnFields,
    if_match: IfMatch = None,
) -> OwnAgencyAnswer:
    sent = body.model_dump(mode="json", exclude_unset=True, exclude={"reason"})

    async def work(tx: Transaction) -> Document:
        changes = deepcopy(sent)
        before = (await profiles.load_many(tx, [person_id])).get(person_id)
        if before is None or not may_see(before, caller):
            raise NoSuchPerson
        if caller.is_system or not caller.acts_for(before["agency"], person_id):
            raise IsForPersonOrAgency("Only the person or their agency's coordinator writes these fields.")
        require_match(if_match, before["version"])
        await _check_cover(tx, before, changes)
        _keep_cover(before, changes)
        by = Author(
            "person" if caller.is_person(person_id) else "coordinator", caller.person_id, body.reason or ""
        )
        return await handlers.write_own(tx, person_id, changes, by, now)

    changed = await mongo.transact(work)
    response.headers["ETag"] = etag(changed["version"])
    return await full_answer(db, changed, caller, language(request))


def _keep_cover(person: Document, changes: Document) -> None:
    if absence := changes.get("absence"):
        absence.setdefault("covered_by", (person["absence"] or {}).get("covered_by"))


async def _check_cover(tx: Transaction, person: Document, changes: Document) -> None:
    covering = (changes.get("absence") or {}).get("covered_by")
    if covering is None:
        return
    found = (await profiles.load_many(tx, [covering])).get(covering)
    fit = found and is_visible(found) and found["agency"] == person["agency"]
    if not fit or covering == person["_id"]:
        raise Invalid(**{"absence.covered_by": refusals.IsNotColleague()})
