"""Ask the role: questions over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

import uuid_utils
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.agencies.store import agencies
from services.directory.people.api.mentions import THING, LongText, Mention, SpeakingFor, mention, speaker
from services.directory.people.models import Named
from services.directory.people.store import naming
from services.directory.questions import refusals, store
from services.directory.questions.handlers import questions as handlers
from services.directory.questions.handlers.asking import specialists_in
from services.directory.questions.models import Answer as GivenAnswer
from services.directory.questions.models import Question, QuestionQuery, State, Wanted
from services.directory.questions.rules import ASKED_AT_FIRST, MOST_ASKED_AT_FIRST, PATIENCE_DAYS
from services.directory.search.needs import Index
from services.directory.worktime import working_hours
from shared.auth import Caller
from shared.contracts.types import Text
from shared.mongo import Database, Transaction
from shared.web.fields import ID, Answer, Body, Id, Page, etag
from shared.web.needs import Db, Now, Once, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["questions"])
Roles = Annotated[
    list[Text],
    Field(max_length=10, description="Role codes / Rollkoder", examples=[["upphandlare"]]),
]
Specialties = Annotated[
    list[Text], Field(max_length=10, description="Specialties / Specialiteter", examples=[["ramavtal"]])
]
Title = Annotated[
    Text,
    Field(description="The question in a line / Frågan på en rad", examples=["Hur följer ni upp ramavtal?"]),
]
QuestionText = Annotated[
    LongText, Field(description="The question / Frågan", examples=["Vi har 40 avtal och en person."])
]


class NewQuestion(Body):
    title: Title
    text: QuestionText
    roles: Roles = Field(default=[])
    specialties: Specialties = Field(default=[])
    topic: Text | None = Field(default=None, description="Topic / Ämne", examples=["ramavtal"])
    group_id: str | None = Field(
        default=None,
        pattern=ID,
        description="Whose owner is asked at last; else the group that most of those asked are in / "
        "Vars ansvariga frågas sist; annars gruppen som flest av de tillfrågade är med i",
        examples=[None],
    )
    colleagues: bool = Field(
        default=False, description="Ask at the own agency too / Fråga även på den egna myndigheten"
    )
    nameless: bool = Field(
        default=False,
        description="Ask as the role's shared mailbox; people with protected identity always do / "
        "Fråga via funktionsbrevlådan; det gäller alltid den som har skyddade personuppgifter",
    )
    ask_at_first: int = Field(
        default=ASKED_AT_FIRST,
        ge=1,
        le=MOST_ASKED_AT_FIRST,
        description="How many are asked at a time / Hur många som frågas åt gången",
        examples=[5],
    )
    patience_days: int = Field(
        default=PATIENCE_DAYS,
        ge=1,
        le=20,
        description="Working days until the next are asked / Arbetsdagar tills nästa frågas",
        examples=[2],
    )
    asker_id: SpeakingFor | None = None

    @model_validator(mode="after")
    def _to_somebody(self) -> Self:
        if not self.roles and not self.specialties:
            raise refusals.NobodyCanAnswer
        return self


class AnswerAnswer(Answer):
    id: str = Field(examples=[THING])
    by: Mention | None = Field(description="Who answered / Vem som svarat")
    agency: str = Field(description="Agency / Myndighet", examples=["csn"])
    text: str = Field(description="The answer / Svaret", examples=["En gång i kvartalet."])
    at: datetime = Field(description="When / När", examples=["2026-11-25T09:00:00Z"])
    accepted: bool = Field(description="It helped / Det hjälpte", examples=[False])


class QuestionSummary(Answer):
    id: str = Field(examples=[THING])
    title: Title
    roles: Roles
    specialties: Specialties
    topic: str | None = Field(description="Topic / Ämne", examples=["ramavtal"])
    asker: Mention | None = Field(
        description="None where the asker is not named / Saknas för den som inte nämns"
    )
    agency: str = Field(description="The asker's agency / Frågarens myndighet", examples=["bolagsverket"])
    mailbox: str | None = Field(
        description="Where to reach an asker who is not named / Hit når du den som inte nämns",
        examples=[None],
    )
    state: State = Field(description="open, answered, closed / öppen, besvarad, stängd", examples=["open"])
    asked: int = Field(description="How many have been asked / Hur många som har frågats", examples=[5])
    answers: int = Field(description="How many answers / Antal svar", examples=[1])
    created_at: datetime = Field(description="Asked / Ställd", examples=["2026-11-24T09:00:00Z"])
    first_answer_at: datetime | None = Field(description="First answer / Första svaret", examples=[None])
    working_hours: float = Field(
        description="Working hours to the first answer, or until now / "
        "Arbetstimmar till första svaret, eller hittills",
        examples=[3.5],
    )
    next_step_at: datetime | None = Field(
        description="More are asked, or it closes by itself / Fler frågas, eller den stängs av sig själv",
        examples=[None],
    )
    accepted_answer_id: str | None = Field(description="What helped / Det som hjälpte", examples=[None])
    closed_because: str | None = Field(
        description="accepted, by_asker, quiet, asker_left / godtaget, av frågaren, tyst, har slutat",
        examples=[None],
    )
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


class QuestionAnswer(QuestionSummary):
    text: str = Field(description="The question / Frågan", examples=["Vi har 40 avtal och en person."])
    group_id: str | None = Field(description="Group / Grupp", examples=[None])
    asked_people: list[Mention] | None = Field(
        description="For the asker and their agency / För frågaren och dennas myndighet"
    )
    given: list[AnswerAnswer] = Field(description="The answers, in order / Svaren i ordning")


_COMPUTED = {"asker", "mailbox", "asked", "working_hours", "next_step_at"}


def summary(
    question: Question, people: Mapping[str, Named], boxes: dict[str, dict[str, str]], now: datetime
) -> QuestionSummary:
    asker = None if question.nameless else mention(people, question.asker_id)
    mailbox = boxes.get(question.agency, {}).get(question.speaks_for or "")
    ends = question.first_answer_at or question.closed_at or now
    plain = {name: getattr(question, name) for name in QuestionSummary.model_fields if name not in _COMPUTED}
    return QuestionSummary(
        asker=asker,
        mailbox=None if asker else mailbox,
        asked=len(question.asked),
        working_hours=working_hours(question.created_at, max(ends, question.created_at)),
        next_step_at=question.due_at,
        **plain,
    )


async def summaries(db: Database, questions: list[Question], now: datetime) -> list[QuestionSummary]:
    if not questions:
        return []
    people = await naming.named(db, [question.asker_id for question in questions])
    boxes = await agencies.mailboxes(db)
    return [summary(question, people, boxes, now) for question in questions]


async def whole(db: Database, caller: Caller, question: Question, now: datetime) -> QuestionAnswer:
    """Whom it went to is for the asker and their agency; the answers are for everybody."""
    given = await store.answers_to(db, [question.id])
    asked = question.asked_ids
    people = await naming.named(db, [question.asker_id, *asked, *(each.person_id for each in given)])
    own = caller.acts_for(question.agency, question.asker_id)
    mentions = [found for id_ in asked if (found := mention(people, id_))]
    return QuestionAnswer(
        **summary(question, people, await agencies.mailboxes(db), now).model_dump(),
        text=question.text,
        group_id=question.group_id,
        asked_people=mentions if own else None,
        given=[answer_answer(each, people) for each in given],
    )


def answer_answer(answer: GivenAnswer, people: Mapping[str, Named]) -> AnswerAnswer:
    return AnswerAnswer(
        id=answer.id,
        by=mention(people, answer.person_id),
        agency=answer.agency,
        text=answer.text,
        at=answer.at,
        accepted=answer.accepted_at is not None,
    )


@router.get("/questions", summary="Questions, the newest first / Frågor, de nyaste först")
async def list_questions(
    *,
    db: Db,
    now: Now,
    caller: Reading,
    paging: Pages,
    state: Annotated[State | None, Query(description="State / Läge")] = None,
    role: Annotated[str | None, Query(max_length=60, description="Role code / Rollkod")] = None,
    mine: Annotated[bool, Query(description="That I have asked / Som jag har ställt")] = False,
    asked_me: Annotated[bool, Query(description="That I was asked / Som jag har fått")] = False,
) -> Page[QuestionSummary]:
    if (mine or asked_me) and caller.is_system:
        raise refusals.QuestionsAreForPeople
    wanted = QuestionQuery(
        state=state,
        role=role,
        asker_id=caller.own_id if mine else None,
        asked_id=caller.own_id if asked_me else None,
    )
    found = await store.page(db, wanted, paging.offset, paging.fetch)
    return Page(**paging.of(await summaries(db, found, now)))


@router.post(
    "/questions", status_code=201, response_model=QuestionSummary, summary="Ask the role / Fråga rollen"
)
async def ask_question(
    now: Now, once: Once, caller: Writing, index: Index, body: NewQuestion
) -> JSONResponse:
    """The best peers at other agencies who are at work today are asked first, each by mail."""
    question_id, find = str(uuid_utils.uuid7()), specialists_in(index)
    wanted = Wanted(**body.model_dump(exclude={"asker_id"}))

    async def work(tx: Transaction) -> QuestionSummary:
        asker = await speaker(tx, caller, body.asker_id, "asker_id")
        question = await handlers.ask(tx, question_id, asker, wanted, find, now)
        return (await summaries(tx.db, [question], now))[0]

    return await once(caller, work)


@router.get("/questions/{question_id}", summary="A question with its answers / En fråga med sina svar")
async def read_question(
    db: Db, now: Now, response: Response, caller: Reading, question_id: Id
) -> QuestionAnswer:
    question = await store.find(db, question_id)
    if question is None:
        raise refusals.NoSuchQuestion
    response.headers["ETag"] = etag(question.version)
    return await whole(db, caller, question, now)


@router.post(
    "/questions/{question_id}/closure", summary="No answer is needed any more / Inget svar behövs längre"
)
async def close_question(
    mongo: Transactions, db: Db, now: Now, caller: Writing, question_id: Id
) -> QuestionAnswer:
    async def work(tx: Transaction) -> Question:
        question = await handlers.load_question(tx, question_id)
        require_asker(caller, question)
        return await handlers.close(tx, question, now)

    closed = await mongo.transact(work)
    return await whole(db, caller, closed, now)


def require_asker(caller: Caller, question: Question) -> None:
    """
    Raises:
        Forbidden: somebody else's question.

    """
    if not caller.acts_for(question.agency, question.asker_id):
        raise refusals.IsForAsker
