"""What an earlier version kept as `jobs` and `timers`."""

from typing import Any

from shared.due import timers
from shared.due.moving import move_all
from shared.mongo import Document, Mongo


async def upgrade(mongo: Mongo) -> None:
    await move_all(mongo, "jobs", _job)
    await move_all(mongo, "timers", _timer)


def _job(old: Document) -> Document:
    subject = f"meeting/{old['meeting_id']}" if old.get("meeting_id") else f"person/{old['people'][0]}"
    return {
        **_row(old, old["kind"], subject),
        "data": {"people": list(old.get("people", ()))},
        "correlation": old.get("correlation"),
        "parent": old.get("parent"),
        "asked": old.get("asked", 1),
    }


def _timer(old: Document) -> Document:
    data = {name: old[name] for name in ("name", "wall", "zone", "version", "after")}
    row: dict[str, Any] = {**_row(old, timers.KIND, old["subject"]), "data": data, "asked": 1}
    if not old["pending"]:
        row |= {"state": "done", "done_at": old["done_at"]}
    return row


def _row(old: Document, kind: str, subject: str) -> dict[str, Any]:
    due = old["due"]
    return {
        "_id": old["_id"],
        "kind": kind,
        "subject": subject,
        "due": due,
        "next": due,
        "state": "due",
        "tries": 0,
    }
