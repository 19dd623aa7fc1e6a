"""Answers to questions over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from services.directory.agencies.api.agencies import Writing
from services.directory.people.api.mentions import LongText, SpeakingFor, speaker
from services.directory.people.store import naming
from services.directory.questions.api.questions import (
    AnswerAnswer,
    QuestionAnswer,
    answer_answer,
    require_asker,
    whole,
)
from services.directory.questions.handlers import questions as handlers
from services.directory.questions.models import Question
from shared.mongo import Transaction
from shared.web.fields import Body, Id
from shared.web.needs import Db, Now, Once, Transactions

router = APIRouter(prefix="/directory/v1", tags=["questions"])
AnswerText = Annotated[
    LongText, Field(description="The answer / Svaret", examples=["En gång i kvartalet, med en enkel mall."])
]


class NewAnswer(Body):
    text: AnswerText
    person_id: SpeakingFor | None = None


@router.post(
    "/questions/{question_id}/answers",
    status_code=201,
    response_model=AnswerAnswer,
    summary="Answer / Svara",
)
async def answer_question(
    now: Now, once: Once, caller: Writing, question_id: Id, body: NewAnswer
) -> JSONResponse:
    async def work(tx: Transaction) -> AnswerAnswer:
        by = await speaker(tx, caller, body.person_id, "person_id")
        _, given = await handlers.answer(tx, question_id, by, body.text, now)
        return answer_answer(given, await naming.named(tx.db, [by["_id"]]))

    return await once(caller, work)


@router.post("/answers/{answer_id}/accept", summary="This helped / Det här hjälpte")
async def accept_answer(
    mongo: Transactions, db: Db, now: Now, caller: Writing, answer_id: Id
) -> QuestionAnswer:
    """Closes the question. The answer can then be taken over into practice: POST /practices with its id."""

    async def work(tx: Transaction) -> Question:
        given = await handlers.load_answer(tx, answer_id)
        require_asker(caller, await handlers.load_question(tx, given.question_id))
        return await handlers.accept(tx, answer_id, now)

    accepted = await mongo.transact(work)
    return await whole(db, caller, accepted, now)
