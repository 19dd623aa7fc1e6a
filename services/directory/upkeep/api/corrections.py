"""Corrections: proposed by anyone, decided by the agency's coordinator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import uuid_utils
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.people.api.mentions import PERSON, THING
from services.directory.people.api.profiles import may_see
from services.directory.people.models import Named
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import naming, profiles
from services.directory.upkeep import refusals
from services.directory.upkeep.handlers import corrections as handlers
from services.directory.upkeep.rules import (
    Correctable,
    CorrectionKind,
    CorrectionState,
    Decision,
    as_kept,
)
from services.directory.upkeep.store import corrections as store
from shared.auth import Caller
from shared.contracts.types import OptionalText
from shared.errors import Invalid, WrongField
from shared.mongo import Database, Document, Transaction
from shared.refusals import NoSuchPerson
from shared.web.fields import ID, Answer, Body, Id, Page
from shared.web.needs import Db, Now, Once, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["corrections"])
Value = Annotated[
    str | list[str] | None,
    Field(
        description="As it should be; for roles and specialties a list / Så som det borde vara; för roller "
        "och specialiteter en lista",
        examples=["Upphandlare"],
    ),
]
Comment = Annotated[
    OptionalText, Field(description="To the coordinator / Till samordnaren", examples=["Har bytt enhet"])
]


class NewCorrection(Body):
    person_id: str = Field(pattern=ID, description="Whom it is about / Vem det gäller", examples=[PERSON])
    kind: CorrectionKind = Field(
        default="change",
        description="A field is wrong, or the person has left / Ett fält är fel, eller personen har slutat",
        examples=["change"],
    )
    field: Correctable | None = Field(default=None, examples=["title"])
    value: Value = None
    comment: Comment = ""

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if (self.kind == "change") != (self.field is not None):
            raise refusals.ChangeNamesField
        return self


class CorrectionDecision(Body):
    decision: Decision = Field(
        description="Rejecting an accepted one takes it back / Att avslå en godtagen tar tillbaka den",
        examples=["accepted"],
    )
    answer: OptionalText = Field(
        default="", description="To the one who proposed it / Till förslagsställaren", examples=["Tack!"]
    )


class CorrectionAnswer(Answer):
    id: str = Field(examples=[THING])
    person_id: str = Field(description="Whom it is about / Vem det gäller", examples=[PERSON])
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    kind: CorrectionKind = Field(examples=["change"])
    field: Correctable | None = Field(examples=["title"])
    now: Any = Field(
        description="As it is now, as far as the reader sees it / Så som det är nu, så långt läsaren ser",
        examples=["Inköpare"],
    )
    value: Value
    comment: Comment
    proposer_id: str | None = Field(
        description="Who proposed it; null for systems and where they may not be named / Vem som föreslog; "
        "null för system och där personen inte får nämnas",
        examples=[PERSON],
    )
    proposer_agency: str = Field(examples=["csn"])
    state: CorrectionState = Field(
        description="pointless: the person has left or may not be shown / pointless: personen har slutat "
        "eller får inte visas",
        examples=["waiting"],
    )
    answer: str = Field(description="The coordinator's / Samordnarens", examples=[""])
    created_at: datetime = Field(examples=["2026-11-23T08:00:00Z"])
    decided_at: datetime | None = Field(examples=[None])
    decided_by: str | None = Field(examples=[None])


@router.post(
    "/corrections",
    status_code=201,
    response_model=CorrectionAnswer,
    summary="Propose a correction, or say that somebody has left / Föreslå en rättelse, eller säg att någon "
    "har slutat",
)
async def propose_correction(now: Now, once: Once, caller: Writing, body: NewCorrection) -> JSONResponse:
    """The coordinator of the person's agency decides. Accepted, it holds while the agency's system still says
    what was wrong; a new value from the system wins. / Samordnaren på personens myndighet avgör. En godtagen
    rättelse gäller så länge myndighetens system säger det som var fel; säger systemet något nytt gäller det.
    """
    said: Document = body.model_dump(exclude={"person_id"})
    if body.field is not None:
        try:
            said["value"] = as_kept(body.field, body.value)
        except WrongField as error:
            raise Invalid(value=error) from error
    correction_id = str(uuid_utils.uuid7())

    async def work(tx: Transaction) -> CorrectionAnswer:
        person = (await profiles.load_many(tx, [body.person_id])).get(body.person_id)
        if person is None or person["status"] != "active" or not may_see(person, caller):
            raise NoSuchPerson
        made = await handlers.propose(tx, correction_id, person, caller, said, now)
        return (await _answers(tx.db, caller, [made]))[0]

    return await once(caller, work)


@router.get(
    "/corrections", summary="Corrections to decide, or my own / Rättelser att avgöra, eller mina egna"
)
async def list_corrections(
    *,
    db: Db,
    caller: Reading,
    paging: Pages,
    state: Annotated[CorrectionState | None, Query(description="State / Läge")] = None,
    person: Annotated[str | None, Query(pattern=ID, description="Whom it is about / Vem det gäller")] = None,
    mine: Annotated[bool, Query(description="Those that I proposed / De som jag föreslog")] = False,
) -> Page[CorrectionAnswer]:
    """A coordinator sees the agency's, others what they proposed; the latest first."""
    deciding = (caller.coordinator or caller.is_system) and not mine
    query: Document = {"agency": caller.agency} if deciding else handlers.proposed_by(caller)
    if state is not None:
        query["state"] = state
    if person is not None:
        query["person_id"] = person
    found = await store.page(db, query, paging.offset, paging.fetch)
    return Page(**paging.of(await _answers(db, caller, found)))


@router.get("/corrections/{correction_id}", summary="A correction / En rättelse")
async def read_correction(db: Db, caller: Reading, correction_id: Id) -> CorrectionAnswer:
    found = await store.find(db, correction_id)
    if found is None or not (_decides(caller, found) or handlers.has_proposed(caller, found)):
        raise refusals.NoSuchCorrection
    return (await _answers(db, caller, [found]))[0]


@router.post("/corrections/{correction_id}/decision", summary="Accept or reject / Godta eller avslå")
async def decide_correction(
    mongo: Transactions, db: Db, now: Now, caller: Writing, correction_id: Id, body: CorrectionDecision
) -> CorrectionAnswer:
    async def work(tx: Transaction) -> Document:
        return await handlers.decide(tx, caller, correction_id, body.decision, body.answer, now)

    decided = await mongo.transact(work)
    return (await _answers(db, caller, [decided]))[0]


def _decides(caller: Caller, correction: Document) -> bool:
    return caller.acts_for(correction["agency"])


async def _answers(db: Database, caller: Caller, found: list[Document]) -> list[CorrectionAnswer]:
    """As far as this caller sees the people who are in them."""
    people = await profiles.find_any(db, [each["person_id"] for each in found])
    others = [id_ for each in found for id_ in (each["proposer_id"], each["decided_by"])]
    named = await naming.named(db, others)
    return [_answer(each, caller, people.get(each["person_id"]), named) for each in found]


def _answer(
    document: Document, caller: Caller, person: Document | None, named: Mapping[str, Named]
) -> CorrectionAnswer:
    fields = {name: document[name] for name in CorrectionAnswer.model_fields if name in document}
    for field in ("proposer_id", "decided_by"):
        if fields[field] not in named and not caller.is_person(fields[field]):
            fields[field] = None
    # What was proposed by office says of a protected person what only that office may see.
    if person is None or not may_see(person, caller):
        fields.update(value=None, comment="", answer="")
    shown = person is not None and _decides(caller, document) and is_visible(person)
    now = person.get(document["field"]) if person and shown and document["field"] else None
    if document["field"] == "roles":
        fields["value"] = [held["code"] for held in fields["value"] or ()]
        now = [held["code"] for held in now or ()]
    return CorrectionAnswer(id=document["_id"], now=now, **fields)
