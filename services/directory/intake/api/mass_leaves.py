"""/mass-leaves: so many are said to have left that the coordinator is asked first (D13)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.directory.intake import models
from services.directory.intake.handlers import mass_leaves as handlers
from services.directory.intake.models import MassLeaveState
from shared.auth import Caller
from shared.contracts.types import Slug
from shared.mongo import Transaction
from shared.web.fields import Answer, Body, Id, Page
from shared.web.needs import Db, Now, Pages, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1", tags=["mass leaves"])
Reading = Annotated[Caller, Depends(Bearer("directory:read", people=True))]
Writing = Annotated[Caller, Depends(Bearer("directory:write", people=True))]


class MassLeave(Answer):
    """Nobody of it leaves until it is decided. / Ingen slutar förrän det är avgjort."""

    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    agency: str = Field(examples=["bolagsverket"])
    state: MassLeaveState = Field(
        description="taken_back: newer records have them all at work again / "
        "nyare poster säger att alla arbetar kvar",
        examples=["open"],
    )
    opened_at: datetime = Field(examples=["2026-11-25T08:00:00Z"])
    active: int = Field(description="How many worked there then / Antal anställda då", examples=[420])
    left_before: int = Field(
        description="How many had left in the hour before / Antal som slutat timmen innan", examples=[3]
    )
    held: int = Field(description="How many were or are held / Antal som hålls", examples=[126])
    decided_at: datetime | None = Field(default=None, examples=[None])
    decided_by: str | None = Field(default=None, description="Person id / Personens id", examples=[None])


class HeldLeave(Answer):
    person_id: str = Field(examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    employee_id: str = Field(description="The agency's own / Myndighetens eget", examples=["4711"])
    display_name: str = Field(
        description="Empty for protected identity / Tomt vid skyddad identitet", examples=["Åsa Öberg"]
    )
    held_at: datetime = Field(examples=["2026-11-25T08:00:00Z"])


class MassLeaveWithPeople(MassLeave):
    people: Page[HeldLeave] = Field(description="One page of them / En sida av dem")


class DecisionBody(Body):
    decision: handlers.Decision = Field(
        description="release: they have left; refuse: they have not / release: de har slutat; refuse: nej",
        examples=["release"],
    )


@router.get("/mass-leaves", summary="Mass leaves, the latest first / Massavslut, senaste först")
async def list_mass_leaves(
    db: Db,
    caller: Reading,
    paging: Pages,
    agency: Annotated[Slug | None, Query(examples=["bolagsverket"])] = None,
) -> Page[MassLeave]:
    """One's own agency's, for its coordinator. / Den egna myndighetens, för dess samordnare."""
    slug = agency or caller.agency
    found = await handlers.listed(db, caller, slug, paging.offset, paging.fetch)
    return Page[MassLeave](**paging.of([MassLeave(**_fields(each)) for each in found]))


@router.get("/mass-leaves/{mass_leave_id}", summary="A mass leave and whom it is about / Ett massavslut")
async def get_mass_leave(
    mongo: Transactions, db: Db, caller: Reading, mass_leave_id: Id, paging: Pages
) -> MassLeaveWithPeople:
    found = await handlers.found(db, caller, mass_leave_id)
    people = await handlers.people(mongo, found, paging.offset, paging.fetch)
    page = Page[HeldLeave](**paging.of([_held(*each) for each in people]))
    return MassLeaveWithPeople(**_fields(found), people=page)


@router.post("/mass-leaves/{mass_leave_id}/decision", summary="Decide / Besluta")
async def decide(
    mongo: Transactions, db: Db, now: Now, caller: Writing, mass_leave_id: Id, body: DecisionBody
) -> MassLeave:
    """The same again changes nothing; the opposite is a conflict. / Samma beslut igen ändrar inget."""
    await handlers.found(db, caller, mass_leave_id)
    by = caller.person_id or f"system of {caller.agency}"

    async def work(tx: Transaction) -> models.MassLeave:
        return await handlers.decide(tx, mass_leave_id, body.decision, by, now)

    return MassLeave(**_fields(await mongo.transact(work)))


def _fields(mass_leave: models.MassLeave) -> dict[str, Any]:
    return {name: value for name, value in asdict(mass_leave).items() if name in MassLeave.model_fields}


def _held(held: models.HeldLeave, display_name: str) -> HeldLeave:
    return HeldLeave(
        person_id=held.id, employee_id=held.employee_id, display_name=display_name, held_at=held.at
    )
