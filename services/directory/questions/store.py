"""Questions to a role, and what was answered."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING, IndexModel

from shared import due
from shared.mongo import Database, Document, Indexes, Transaction

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


async def save(tx: Transaction, question: Document) -> None:
    await tx.db.questions.replace_one({"_id": question["_id"]}, question, upsert=True, session=tx.session)
    id_ = f"question/{question['_id']}"
    await due.follow(tx, id_, "question", id_, question.get("due_at"))


async def load(tx: Transaction, question_id: str) -> Document | None:
    return await tx.db.questions.find_one({"_id": question_id}, session=tx.session)


async def open_of(tx: Transaction, asker_id: str, limit: int) -> int:
    """How many questions of this person are not closed, counted up to `limit`."""
    query = {"asker_id": asker_id, "state": {"$in": ["open", "answered"]}}
    return len(await tx.db.questions.find(query, {"_id": 1}, session=tx.session).limit(limit).to_list(limit))


async def save_answer(tx: Transaction, answer: Document) -> None:
    await tx.db.answers.replace_one({"_id": answer["_id"]}, answer, upsert=True, session=tx.session)


async def load_answer(tx: Transaction, answer_id: str) -> Document | None:
    return await tx.db.answers.find_one({"_id": answer_id}, session=tx.session)


async def find(db: Database, question_id: str) -> Document | None:
    return await db.questions.find_one({"_id": question_id})


async def answers_to(db: Database, question_ids: Iterable[str]) -> list[Document]:
    """In the order they came."""
    found = db.answers.find({"question_id": {"$in": list(question_ids)}})
    return await found.sort([("at", 1), ("_id", 1)]).to_list(None)


async def page(
    db: Database,
    *,
    state: str | None,
    role: str | None,
    asker: str | None,
    asked: str | None,
    offset: int,
    limit: int,
) -> list[Document]:
    """The newest first."""
    wanted = {"state": state, "roles": role, "asker_id": asker, "asked.person_id": asked}
    found = db.questions.find({name: value for name, value in wanted.items() if value is not None})
    # Without a condition, too, by index.
    return await found.sort(_NEWEST).skip(offset).limit(limit).to_list(limit)
