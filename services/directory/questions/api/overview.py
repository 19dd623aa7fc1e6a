"""What waits for somebody and whom they can call, in one answer: what their page begins with."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.conditions import language
from services.directory.days import today
from services.directory.groups.api import groups
from services.directory.groups.api.groups import GroupSummary
from services.directory.groups.store import groups as group_store
from services.directory.peers.api.lone import CardAnswer, card_answers
from services.directory.peers.api.peers import PeersAnswer, peers_answer
from services.directory.people.api.profiles import require_person
from services.directory.people.rules.days import role_codes
from services.directory.questions import refusals
from services.directory.questions import store as question_store
from services.directory.questions.api import questions
from services.directory.questions.api.questions import QuestionSummary
from services.directory.questions.models import QuestionQuery
from shared.web.fields import Answer, Id
from shared.web.needs import Db, Now

router = APIRouter(prefix="/directory/v1", tags=["people"])
_PEERS, _GROUPS, _QUESTIONS = 4, 20, 5


class Overview(Answer):
    cards: list[CardAnswer] = Field(
        description="You are not alone: one for each role / Du är inte ensam: ett för varje roll"
    )
    roles: list[str] = Field(
        description="Those that one has today, by code / De som man har i dag", examples=[["upphandlare"]]
    )
    peers: PeersAnswer = Field(description="The best four / De fyra bästa")
    groups: list[GroupSummary] = Field(description="The first twenty by name / De första tjugo efter namn")
    questions: list[QuestionSummary] = Field(
        description="Open ones that they were asked, the newest five / Öppna som de har fått, de fem nyaste"
    )


@router.get("/people/{person_id}/overview", summary="What waits for me / Det som väntar mig")
async def read_overview(request: Request, db: Db, now: Now, caller: Reading, person_id: Id) -> Overview:
    """For oneself alone. / Bara för en själv."""
    reader = language(request)
    person = await require_person(db, caller, person_id)
    if not caller.is_person(person_id):
        raise refusals.OverviewIsForThePerson
    cards, peers, mine, asked = await asyncio.gather(
        card_answers(db, person, caller, now, reader),
        peers_answer(db, person, caller, now, reader, limit=_PEERS),
        group_store.list_page(db, person_id, 0, _GROUPS),
        question_store.page(db, QuestionQuery(state="open", asked_id=person_id), 0, _QUESTIONS),
    )
    return Overview(
        cards=cards,
        roles=role_codes(person, today(now)),
        peers=peers,
        groups=groups.summaries(mine),
        questions=await questions.summaries(db, asked, now),
    )
