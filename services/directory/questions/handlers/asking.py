"""Whom a question goes to, and the mails that it causes."""

from collections.abc import Callable, Iterable
from datetime import datetime

import uuid_utils

from services.directory.agencies.store import agencies
from services.directory.groups.store import groups
from services.directory.peers.handlers.peers import find_helpers
from services.directory.people.rules.visibility import is_visible
from services.directory.questions import rules
from services.directory.questions.models import Answer, Asked, Question
from services.directory.search.engine import Filters, SearchIndex
from services.directory.vocabulary import ROLES
from shared.contracts.community import (
    AnswerAccepted,
    PeerLine,
    QuestionAnswered,
    QuestionAsked,
    QuestionUnanswered,
)
from shared.contracts.notify import Request
from shared.contracts.types import Contract
from shared.mongo import Document, Transaction
from shared.publishing import outbox

# Ids of people with a specialty, best first; the search index of this process knows them.
Specialists = Callable[[str, str], list[str]]
_SPECIALISTS = 200


def specialists_in(index: SearchIndex) -> Specialists:
    def find(specialty: str, place: str) -> list[str]:
        wanted = Filters(specialty=specialty)
        found = index.search(specialty, filters=wanted, near_place=place or None, limit=_SPECIALISTS)
        return [hit.id for hit in found.hits]

    return find


async def next_peers(
    tx: Transaction, question: Question, asker: Document, specialists: Specialists, now: datetime
) -> list[Document]:
    """Who is asked next: the best who are here today and have not been asked yet."""
    found = await find_helpers(
        tx.db,
        asker,
        question.roles,
        question.specialties,
        specialists,
        now,
        colleagues=question.colleagues,
    )
    before = set(question.asked_ids)
    free = [peer.person for peer in found if not peer.absent and peer.person["_id"] not in before]
    return [dict(person) for person in free[: question.ask_at_first]]


async def group_of(tx: Transaction, question: Question, people: Iterable[Document]) -> Document | None:
    """The group whose owner is asked in the end: the one said, or the one that most of those asked are in."""
    group_id = question.group_id or rules.home_group(people)
    return await groups.load(tx, group_id) if group_id else None


def asked_now(people: Iterable[Document], round_: int, now: datetime) -> list[Asked]:
    return [
        Asked(person_id=person["_id"], at=now, round=round_, reply_ref=str(uuid_utils.uuid4()))
        for person in people
    ]


async def tell_asked(
    tx: Transaction, question: Question, asker: Document, asked: Iterable[Asked], group_name: str = ""
) -> None:
    named = is_visible(asker) and not question.nameless
    for each in asked:
        notice = QuestionAsked(
            question_id=question.id,
            reply_ref=each.reply_ref,
            title=question.title,
            paragraphs=paragraphs(question.text),
            roles_sv=tuple(ROLES[code].sv for code in question.roles),
            roles_en=tuple(ROLES[code].en for code in question.roles),
            specialties=question.specialties,
            asker=PeerLine(person_id=asker["_id"]) if named else None,
            asker_agency=question.agency,
            mailbox="" if named else await mailbox_of(tx, question),
            group_name=group_name,
        )
        _tell(tx, each.person_id, "directory.question_asked", question, notice)


async def mailbox_of(tx: Transaction, question: Question) -> str:
    agency = await agencies.load(tx, question.agency)
    return (agency["role_mailboxes"] if agency else {}).get(question.speaks_for or "", "")


def tell_unanswered(
    tx: Transaction,
    question: Question,
    asker: Document,
    then: rules.Step,
    *,
    asked: int,
    more: int = 0,
    group_name: str = "",
) -> None:
    """`asked` so far, and `more` now."""
    if then == "close" or not is_visible(asker):
        return
    notice = QuestionUnanswered(
        question_id=question.id,
        title=question.title,
        asked=asked,
        working_days=question.patience_days,
        then=then,
        more=more,
        group_name=group_name,
    )
    _tell(tx, asker["_id"], "directory.question_unanswered", question, notice)


def tell_answered(tx: Transaction, question: Question, asker: Document, answer: Answer, by: Document) -> None:
    if not is_visible(asker):
        # Nobody outside the directory may hear of them; they read the answer here.
        return
    notice = QuestionAnswered(
        question_id=question.id,
        answer_id=answer.id,
        title=question.title,
        paragraphs=paragraphs(answer.text),
        answerer=PeerLine(person_id=by["_id"]),
    )
    # Each answer is a subject of its own: a later one must not take an earlier one's place.
    _tell(tx, asker["_id"], "directory.question_answered", question, notice, f"answer/{answer.id}")


def tell_accepted(tx: Transaction, question: Question, asker: Document, answer: Answer, by: Document) -> None:
    if not is_visible(by):
        return
    named = is_visible(asker) and not question.nameless
    notice = AnswerAccepted(
        question_id=question.id,
        answer_id=answer.id,
        title=question.title,
        asker_id=asker["_id"] if named else None,
        asker_agency=question.agency,
    )
    _tell(tx, by["_id"], "directory.answer_accepted", question, notice, f"answer/{answer.id}")


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _tell(
    tx: Transaction, person_id: str, kind: str, question: Question, notice: Contract, subject: str = ""
) -> None:
    outbox.request(
        tx,
        Request(
            person_id=person_id,
            kind=kind,
            subject=subject or f"question/{question.id}",
            subject_version=question.version,
            data=notice.model_dump(mode="json"),
        ),
    )
