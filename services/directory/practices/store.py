"""How agencies do things, and who took it over from whom."""

import re
from collections.abc import Iterable, Sequence

from pymongo import ASCENDING, DESCENDING, IndexModel

from shared import due
from shared.mongo import Database, Document, Indexes, Transaction

_NEWEST = [("changed_at", DESCENDING), ("_id", ASCENDING)]
INDEXES: Indexes = {
    "practices": [
        IndexModel([("withdrawn", ASCENDING), *_NEWEST]),
        IndexModel([("withdrawn", ASCENDING), ("topic_key", ASCENDING), *_NEWEST]),
        IndexModel([("agency", ASCENDING), ("withdrawn", ASCENDING), *_NEWEST]),
        IndexModel([("terms", ASCENDING), ("withdrawn", ASCENDING)]),
        IndexModel([("adopted_from.practice_id", ASCENDING), ("agency", ASCENDING)]),
        IndexModel("owner_id"),
        IndexModel("credited_id", sparse=True),
    ]
}
# A question to the library looks at so many before it is ordered; a network has hundreds, not thousands.
_LOOKED_AT = 500


async def save(tx: Transaction, practice: Document) -> None:
    await tx.db.practices.replace_one({"_id": practice["_id"]}, practice, upsert=True, session=tx.session)
    id_ = f"practice/{practice['_id']}"
    await due.follow(tx, id_, "practice", id_, practice.get("due_at"))


async def load(tx: Transaction, practice_id: str) -> Document | None:
    return await tx.db.practices.find_one({"_id": practice_id}, session=tx.session)


async def adopted_by(tx: Transaction, practice_id: str, agency: str) -> Document | None:
    query = {"adopted_from.practice_id": practice_id, "agency": agency}
    return await tx.db.practices.find_one(query, session=tx.session)


async def adopters(tx: Transaction, practice_id: str) -> list[Document]:
    """Those that took it over directly and still use it."""
    found = tx.db.practices.find(
        {"adopted_from.practice_id": practice_id, "withdrawn": False}, session=tx.session
    )
    return await found.to_list(None)


async def find(db: Database, practice_id: str) -> Document | None:
    return await db.practices.find_one({"_id": practice_id})


async def find_many(db: Database, ids: Iterable[str]) -> dict[str, Document]:
    found = db.practices.find({"_id": {"$in": list(ids)}})
    return {document["_id"]: document for document in await found.to_list(None)}


async def find_adopters(db: Database, practice_id: str) -> list[Document]:
    found = db.practices.find({"adopted_from.practice_id": practice_id, "withdrawn": False})
    return await found.sort("agency", ASCENDING).to_list(None)


async def page(
    db: Database, topic_key: str | None, agency: str | None, offset: int, limit: int
) -> list[Document]:
    """The one changed last first."""
    found = db.practices.find(_wanted(topic_key, agency))
    return await found.sort(_NEWEST).skip(offset).limit(limit).to_list(limit)


async def search(
    db: Database, beginnings: Sequence[str], topic_key: str | None, agency: str | None
) -> list[Document]:
    """Those with a term for each of `beginnings`, up to 500, in no order."""
    terms = [{"terms": {"$regex": f"^{re.escape(word)}"}} for word in beginnings]
    found = db.practices.find({**_wanted(topic_key, agency), "$and": terms})
    return await found.limit(_LOOKED_AT).to_list(_LOOKED_AT)


async def on_topic(db: Database, topic_key: str) -> list[Document]:
    found = db.practices.find(_wanted(topic_key, None)).sort(_NEWEST)
    return await found.limit(_LOOKED_AT).to_list(_LOOKED_AT)


def _wanted(topic_key: str | None, agency: str | None) -> Document:
    given = {"topic_key": topic_key, "agency": agency}
    return {"withdrawn": False, **{name: value for name, value in given.items() if value is not None}}
