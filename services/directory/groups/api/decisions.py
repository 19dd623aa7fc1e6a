"""A group's decision log over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.groups.api.groups import require_keeper
from services.directory.groups.handlers import groups
from services.directory.groups.handlers import life as handlers
from services.directory.groups.store import groups as group_store
from services.directory.groups.store import life as store
from services.directory.people.api.mentions import THING, LongText, Mention, mention
from services.directory.people.models import Named
from services.directory.people.store import naming
from services.directory.refusals import NoSuchGroup
from shared.mongo import Document, Transaction
from shared.web.fields import Answer, Body, Day, Id, Page
from shared.web.needs import Db, Now, Once, Pages

router = APIRouter(prefix="/directory/v1", tags=["groups"])
DecisionText = Annotated[
    LongText,
    Field(description="What was decided / Vad som beslutades", examples=["Vi turas om att vara värd."]),
]
Decided = Annotated[Day, Field(description="When / När", examples=["2026-11-25"])]


class NewDecision(Body):
    text: DecisionText
    decided_on: Decided | None = None


class DecisionAnswer(Answer):
    id: str = Field(examples=[THING])
    text: DecisionText
    decided_on: date = Field(description="When / När", examples=["2026-11-25"])
    noted_by: Mention | None = Field(description="Who wrote it down / Vem som skrev ner det")
    noted_at: datetime = Field(description="Written down / Nedskrivet", examples=["2026-11-25T09:00:00Z"])


def _answer(decision: Document, people: Mapping[str, Named]) -> DecisionAnswer:
    return DecisionAnswer(
        id=decision["_id"],
        text=decision["text"],
        decided_on=decision["decided_on"],
        noted_by=mention(people, decision["noted_by"]),
        noted_at=decision["noted_at"],
    )


@router.get("/groups/{group_id}/decisions", summary="Decisions, the latest first / Beslut, det senaste först")
async def list_decisions(db: Db, _caller: Reading, group_id: Id, paging: Pages) -> Page[DecisionAnswer]:
    if await group_store.find(db, group_id) is None:
        raise NoSuchGroup
    found = await store.decisions(db, group_id, paging.offset, paging.fetch)
    people = await naming.named(db, [each["noted_by"] for each in found])
    return Page(**paging.of([_answer(each, people) for each in found]))


@router.post(
    "/groups/{group_id}/decisions",
    status_code=201,
    response_model=DecisionAnswer,
    summary="Write a decision down / Skriv ner ett beslut",
)
async def note_decision(
    now: Now, once: Once, caller: Writing, group_id: Id, body: NewDecision
) -> JSONResponse:
    async def work(tx: Transaction) -> DecisionAnswer:
        group = await groups.load_group(tx, group_id)
        await require_keeper(tx, caller, group)
        decision = await handlers.decide(tx, group, body.text, body.decided_on, caller.person_id, now)
        return _answer(decision, await naming.named(tx.db, [caller.person_id]))

    return await once(caller, work)
