"""Questions to a role, and what was answered."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.directory.questions.models import Answer, Question, QuestionQuery
from shared import due
from shared.consuming.states import from_document
from shared.mongo import Database, Indexes, Transaction

_NEWEST = [("created_at", DESCENDING), ("_id", ASCENDING)]
INDEXES: Indexes = {
    "questions": [
        IndexModel(_NEWEST),
        IndexModel([("state", ASCENDING), *_NEWEST]),
        IndexModel([("asker_id", ASCENDING), *_NEWEST]),
        IndexModel([("asked.person_id", ASCENDING), *_NEWEST]),
        IndexModel([("roles", ASCENDING), *_NEWEST]),
        # What an incoming mail answers is found by the reference that went out with the question.
        IndexModel("asked.reply_ref", sparse=True),
        IndexModel("agency"),
    ],
    "answers": [
        IndexModel([("question_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel("person_id"),
    ],
}


async def save(tx: Transaction, question: Question) -> None:
    document = question.model_dump(exclude={"id"})
    if question.due_at is None:
        del document["due_at"]
    await tx.db.questions.replace_one({"_id": question.id}, document, upsert=True, session=tx.session)
    id_ = f"question/{question.id}"
    await due.follow(tx, id_, "question", id_, question.due_at)


async def load(tx: Transaction, question_id: str) -> Question | None:
    found = await tx.db.questions.find_one({"_id": question_id}, session=tx.session)
    return from_document(Question, found) if found else None


async def open_of(tx: Transaction, asker_id: str, limit: int) -> int:
    """How many questions of this person are not closed, counted up to `limit`."""
    query = {"asker_id": asker_id, "state": {"$in": ["open", "answered"]}}
    return len(await tx.db.questions.find(query, {"_id": 1}, session=tx.session).limit(limit).to_list(limit))


async def save_answer(tx: Transaction, answer: Answer) -> None:
    document = answer.model_dump(exclude={"id"})
    await tx.db.answers.replace_one({"_id": answer.id}, document, upsert=True, session=tx.session)


async def load_answer(tx: Transaction, answer_id: str) -> Answer | None:
    found = await tx.db.answers.find_one({"_id": answer_id}, session=tx.session)
    return from_document(Answer, found) if found else None


async def find(db: Database, question_id: str) -> Question | None:
    found = await db.questions.find_one({"_id": question_id})
    return from_document(Question, found) if found else None


async def answers_to(db: Database, question_ids: Iterable[str]) -> list[Answer]:
    """In the order they came."""
    found = db.answers.find({"question_id": {"$in": list(question_ids)}}).sort([("at", 1), ("_id", 1)])
    return [from_document(Answer, document) for document in await found.to_list(None)]


async def page(db: Database, wanted: QuestionQuery, offset: int, limit: int) -> list[Question]:
    """The newest first."""
    query = {
        "state": wanted.state,
        "roles": wanted.role,
        "asker_id": wanted.asker_id,
        "asked.person_id": wanted.asked_id,
    }
    found = db.questions.find({name: value for name, value in query.items() if value is not None})
    # Without a condition, too, by index.
    page = found.sort(_NEWEST).skip(offset).limit(limit)
    return [from_document(Question, document) for document in await page.to_list(limit)]
