"""The rows: one per thing one person is told. Their state is the truth about every mail."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from services.notify.models import Mail, MailQuery, WholeMail
from services.notify.rules.replacing import Asked
from services.notify.rules.states import TRANSITIONS, Event, Step
from shared.consuming.states import from_document
from shared.contracts.notify import Delivery
from shared.mongo import Database, Document, Indexes, Transaction

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


# Not there until something sets them: indexes and queries ask for their being there.
_LEASE = ("due_at", "claim")
_WHEN_SET = ("slot", "refused_at", "address_refused", "sent_at")
_WHEN_RENDERED = ("address", "message_id", "language", "template", "secrets", "mime")


def read(row: Document) -> Mail:
    return from_document(Mail, row)


def whole(row: Document) -> WholeMail:
    return from_document(WholeMail, row)


def public_state(row: Document) -> Delivery:
    return read(row).announced()


async def known(tx: Transaction, ids: Sequence[str], threads: Sequence[str]) -> list[tuple[Asked, bool]]:
    """What has been asked for before under these ids and in these threads, and whether it can still be
    superseded.
    """
    found = tx.db.notifications.find(
        {"$or": [{"_id": {"$in": list(ids)}}, {"thread": {"$in": list(threads)}}]},
        {"thread": 1, "kind": 1, "subject_version": 1, "state": 1},
        session=tx.session,
    )
    waiting = TRANSITIONS[Event.SUPERSEDED].sources
    return [
        (Asked(row["_id"], row["thread"], row["kind"], row["subject_version"]), row["state"] in waiting)
        async for row in found
    ]


async def insert(tx: Transaction, mails: Sequence[WholeMail]) -> None:
    if mails:
        await tx.db.notifications.insert_many([document(mail) for mail in mails], session=tx.session)


def document(mail: WholeMail) -> Document:
    document = mail.model_dump(exclude={"id", "asked_by"})
    for name in (*_LEASE, *_WHEN_SET, *_WHEN_RENDERED):
        if not document[name]:
            del document[name]
    return {"_id": mail.id, **document}


def changed(step: Step[Mail]) -> Document:
    """What a step changes of its row."""
    mail, transition = step.mail, step.transition
    keep: Document = {
        "state": mail.state,
        "reason": mail.reason,
        "attempts": mail.attempts,
        "doubts": mail.doubts,
    }
    forget: Document = {"mime": ""} if transition.forgets else {}
    # Of a mail that stays claimed the lease is left alone: it may have been prolonged since it was read.
    for name in _WHEN_SET if mail.claim else (*_LEASE, *_WHEN_SET):
        if value := getattr(mail, name):
            keep[name] = value
        else:
            forget[name] = ""
    if transition.told:
        keep["unannounced"] = True
    return {"$set": keep, "$unset": forget, "$inc": {"version": 1}}


async def supersede(tx: Transaction, ids: Iterable[str]) -> None:
    """Take back what has not gone out. A sender that holds one of them finds out before DATA."""
    transition = TRANSITIONS[Event.SUPERSEDED]
    await tx.db.notifications.update_many(
        {"_id": {"$in": list(ids)}, "state": {"$in": list(transition.sources)}},
        {
            "$set": {"state": transition.to, "reason": "superseded", "unannounced": True},
            "$unset": {"due_at": "", "claim": "", "mime": ""},
            "$inc": {"version": 1},
        },
        session=tx.session,
    )


async def forget(tx: Transaction, people: Iterable[str]) -> None:
    """Keep nothing that was rendered for these people or names them: it is rendered again, without."""
    gone = list(people)
    for query in ({"person_id": {"$in": gone}}, {"mentions": {"$in": gone}, "due_at": {"$exists": True}}):
        await tx.db.notifications.update_many(
            query, {"$unset": {"mime": "", "address": ""}}, session=tx.session
        )


async def of_people(tx: Transaction, people: Sequence[str], limit: int) -> list[Mail]:
    found = tx.db.notifications.find({"person_id": {"$in": list(people)}}, _WITHOUT_BODY, session=tx.session)
    return [read(row) for row in await found.limit(limit).to_list(limit)]


async def of_agency(tx: Transaction, agency: str, limit: int) -> list[Mail]:
    found = tx.db.notifications.find({"agency": agency}, _WITHOUT_BODY, session=tx.session)
    return [read(row) for row in await found.limit(limit).to_list(limit)]


async def mentioning(tx: Transaction, people: Sequence[str], limit: int) -> list[WholeMail]:
    found = tx.db.notifications.find({"mentions": {"$in": list(people)}}, {"mime": 0}, session=tx.session)
    return [whole(row) for row in await found.limit(limit).to_list(limit)]


async def remove(tx: Transaction, ids: Sequence[str]) -> None:
    await tx.db.notifications.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


async def reword(tx: Transaction, mail: WholeMail) -> None:
    """What a mail says, and about what. What was rendered is forgotten."""
    said = mail.model_dump(include={"data", "calendar", "subject", "thread", "mentions"})
    await tx.db.notifications.update_one(
        {"_id": mail.id},
        {
            "$set": {**said, "unannounced": True},
            "$unset": {"mime": "", "address": ""},
            "$inc": {"version": 1},
        },
        session=tx.session,
    )


async def find(db: Database, id_: str) -> Mail | None:
    row = await db.notifications.find_one({"_id": id_}, _WITHOUT_BODY)
    return read(row) if row else None


async def find_whole(db: Database, id_: str) -> WholeMail | None:
    row = await db.notifications.find_one({"_id": id_})
    return whole(row) if row else None


async def by_secret(db: Database, sha256: str) -> WholeMail | None:
    """With what it says, for it to be acted on."""
    row = await db.notifications.find_one({"secrets": sha256}, {"mime": 0, "calendar": 0})
    return whole(row) if row else None


async def find_in(tx: Transaction, id_: str) -> Mail | None:
    row = await tx.db.notifications.find_one({"_id": id_}, _WITHOUT_BODY, session=tx.session)
    return read(row) if row else None


async def page(db: Database, wanted: MailQuery, offset: int, limit: int) -> list[Mail]:
    """The newest first."""
    asked = {"person_id": wanted.person_id, "subject": wanted.subject, "state": wanted.state}
    query: Document = {name: value for name, value in asked.items() if value is not None}
    query["agency"] = wanted.agency
    if wanted.own_id is not None:
        # Somebody who asks for another person's finds nothing, as if there were none.
        query["$and"] = [{"person_id": wanted.own_id}]
    found = db.notifications.find(query, _WITHOUT_BODY).sort([("created_at", -1), ("_id", 1)])
    return [read(row) for row in await found.skip(offset).limit(limit).to_list(limit)]


async def requeue(tx: Transaction, step: Step[Mail]) -> Mail:
    """Make it due again, as `states.resent` says. Returns the mail as it is now."""
    mail = step.mail
    change = changed(step)
    change["$set"] |= {"asked_by": mail.asked_by, "resends": mail.resends, "edition": mail.edition}
    if not mail.message_id:
        change["$unset"] |= {"message_id": "", "mime": ""}
    await tx.db.notifications.update_one({"_id": mail.id}, change, session=tx.session)
    return mail.model_copy(update={"version": mail.version + 1})


async def is_unannounced(db: Database) -> bool:
    """Whether there is any: asking costs less than a transaction that finds none."""
    return await db.notifications.find_one({"unannounced": True}, {"_id": 1}) is not None


async def unannounced(tx: Transaction, limit: int) -> list[Mail]:
    found = tx.db.notifications.find({"unannounced": True}, _WITHOUT_BODY, session=tx.session)
    return [read(row) for row in await found.limit(limit).to_list(limit)]


async def announced(tx: Transaction, mails: Sequence[Mail]) -> None:
    ops = [
        UpdateOne({"_id": mail.id, "version": mail.version}, {"$unset": {"unannounced": ""}})
        for mail in mails
    ]
    await tx.db.notifications.bulk_write(ops, ordered=False, session=tx.session)


async def oldest_due(db: Database) -> datetime | None:
    """Since when the mail has been due that has been due the longest."""
    row = await db.notifications.find_one(
        {"due_at": {"$exists": True}, "state": {"$in": ["created", "deferred"]}},
        {"due_at": 1},
        sort=[("due_at", 1)],
    )
    return row["due_at"] if row else None


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
