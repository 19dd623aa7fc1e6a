"""The rows: one per thing one person is told. Their state is the truth about every mail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from shared.mongo import Database, Document, Indexes, Transaction

WAITING = ("created", "deferred", "sending")

INDEXES: Indexes = {
    "notifications": [
        # What waits for its time or for its lease to run out; settled rows have no due_at.
        IndexModel(
            [("due_at", ASCENDING)], name="due", partialFilterExpression={"due_at": {"$exists": True}}
        ),
        IndexModel(
            [("unannounced", ASCENDING)], name="unannounced", partialFilterExpression={"unannounced": True}
        ),
        # What a person may have to decide. Every mail passes through in_doubt, and none should pay for it.
        IndexModel(
            [("state", ASCENDING)], name="unknown", partialFilterExpression={"reason": "outcome_unknown"}
        ),
        IndexModel([("thread", ASCENDING)], name="thread"),
        # SHA-256 of what the mail's links open.
        IndexModel(
            [("secrets", ASCENDING)], name="secrets", partialFilterExpression={"secrets": {"$exists": True}}
        ),
        IndexModel([("agency", ASCENDING), ("created_at", DESCENDING)], name="agency"),
        IndexModel([("person_id", ASCENDING), ("created_at", DESCENDING)], name="person"),
        IndexModel([("subject", ASCENDING), ("created_at", DESCENDING)], name="subject"),
        # Of mails that are out too: whoever is erased is taken out of what may be sent again.
        IndexModel([("mentions", ASCENDING)], name="mentioned"),
    ]
}
_WITHOUT_BODY = {"mime": 0, "data": 0, "calendar": 0}


async def known(tx: Transaction, ids: Sequence[str], threads: Sequence[str]) -> list[Document]:
    """What has been asked for before under these ids and in these threads."""
    found = tx.db.notifications.find(
        {"$or": [{"_id": {"$in": list(ids)}}, {"thread": {"$in": list(threads)}}]},
        {"thread": 1, "kind": 1, "subject_version": 1, "state": 1},
        session=tx.session,
    )
    return await found.to_list(None)


async def insert(tx: Transaction, rows: Sequence[Document]) -> None:
    if rows:
        await tx.db.notifications.insert_many(rows, session=tx.session)


async def supersede(tx: Transaction, ids: Iterable[str]) -> None:
    """Take back what has not gone out. A sender that holds one of them finds out before DATA."""
    await tx.db.notifications.update_many(
        {"_id": {"$in": list(ids)}, "state": {"$in": WAITING}},
        {
            "$set": {"state": "suppressed", "reason": "superseded", "unannounced": True},
            "$unset": {"due_at": "", "claim": "", "mime": ""},
            "$inc": {"version": 1},
        },
        session=tx.session,
    )


async def forget(tx: Transaction, people: Iterable[str]) -> None:
    """Keep nothing that was rendered for these people or names them: it is rendered anew, without."""
    gone = list(people)
    for query in ({"person_id": {"$in": gone}}, {"mentions": {"$in": gone}, "due_at": {"$exists": True}}):
        await tx.db.notifications.update_many(
            query, {"$unset": {"mime": "", "address": ""}}, session=tx.session
        )


async def of_people(tx: Transaction, people: Sequence[str], limit: int) -> list[Document]:
    found = tx.db.notifications.find({"person_id": {"$in": list(people)}}, _WITHOUT_BODY, session=tx.session)
    return await found.limit(limit).to_list(limit)


async def of_agency(tx: Transaction, agency: str, limit: int) -> list[Document]:
    found = tx.db.notifications.find({"agency": agency}, _WITHOUT_BODY, session=tx.session)
    return await found.limit(limit).to_list(limit)


async def mentioning(tx: Transaction, people: Sequence[str], limit: int) -> list[Document]:
    found = tx.db.notifications.find({"mentions": {"$in": list(people)}}, {"mime": 0}, session=tx.session)
    return await found.limit(limit).to_list(limit)


async def remove(tx: Transaction, ids: Sequence[str]) -> None:
    await tx.db.notifications.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def rewrite(tx: Transaction, row: Document, change: Document) -> None:
    """What a mail of somebody else's says. What was rendered is forgotten."""
    await tx.db.notifications.update_one(
        {"_id": row["_id"]},
        {"$set": change, "$unset": {"mime": "", "address": ""}, "$inc": {"version": 1}},
        session=tx.session,
    )


async def find(db: Database, id_: str, *, body: bool = False) -> Document | None:
    return await db.notifications.find_one({"_id": id_}, None if body else _WITHOUT_BODY)


async def by_secret(db: Database, sha256: str) -> Document | None:
    """With what it says, for it to be acted on."""
    return await db.notifications.find_one({"secrets": sha256}, {"mime": 0, "calendar": 0})


async def find_in(tx: Transaction, id_: str) -> Document | None:
    return await tx.db.notifications.find_one({"_id": id_}, _WITHOUT_BODY, session=tx.session)


async def page(db: Database, wanted: Mapping[str, Any], offset: int, limit: int) -> list[Document]:
    """The newest first."""
    found = db.notifications.find(dict(wanted), _WITHOUT_BODY).sort([("created_at", -1), ("_id", 1)])
    return await found.skip(offset).limit(limit).to_list(limit)


async def requeue(tx: Transaction, row: Document, change: Document, *, anew: bool) -> Document:
    """Make it due again; `anew` forgets the frozen mail. Returns the row as it is now."""
    gone = {
        "claim": "",
        "refused_at": "",
        "address_refused": "",
        **({"mime": "", "message_id": ""} if anew else {}),
    }
    await tx.db.notifications.update_one(
        {"_id": row["_id"]},
        {
            "$set": {**change, "unannounced": True},
            "$unset": gone,
            "$inc": {"version": 1, "resends": 1, "edition": int(anew)},
        },
        session=tx.session,
    )
    found = await find_in(tx, row["_id"])
    return found or row


async def is_unannounced(db: Database) -> bool:
    """Whether there is any: asking costs less than a transaction that finds none."""
    return await db.notifications.find_one({"unannounced": True}, {"_id": 1}) is not None


async def unannounced(tx: Transaction, limit: int) -> list[Document]:
    found = tx.db.notifications.find({"unannounced": True}, _WITHOUT_BODY, session=tx.session)
    return await found.limit(limit).to_list(limit)


async def announced(tx: Transaction, rows: Sequence[Document]) -> None:
    ops = [
        UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$unset": {"unannounced": ""}})
        for row in rows
    ]
    await tx.db.notifications.bulk_write(ops, ordered=False, session=tx.session)


async def oldest_due(db: Database) -> Document | None:
    """The mail that has been due the longest."""
    return await db.notifications.find_one(
        {"due_at": {"$exists": True}, "state": {"$in": ["created", "deferred"]}},
        {"due_at": 1},
        sort=[("due_at", 1)],
    )


async def waiting_by_state(db: Database, most: int) -> dict[str, int]:
    """How many are not settled, of the `most` that are due first."""
    stages: list[Document] = [
        {"$match": {"due_at": {"$exists": True}}},
        {"$sort": {"due_at": 1}},
        {"$limit": most},
        {"$group": {"_id": "$state", "mails": {"$sum": 1}}},
    ]
    found = db.notifications.aggregate(stages, hint="due", maxTimeMS=2_000)
    return {group["_id"]: group["mails"] async for group in found}


async def left_to_operator(db: Database, most: int) -> int:
    """How many went out or did not: the mail server never said which, twice."""
    unknown = {"state": "in_doubt", "reason": "outcome_unknown", "due_at": {"$exists": False}}
    return await db.notifications.count_documents(unknown, limit=most, hint="unknown", maxTimeMS=2_000)
