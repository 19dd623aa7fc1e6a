"""What an earlier version found due by looking through many collections."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.directory.agencies.store import coordinating
from services.directory.intake.store import leaves
from services.directory.people.store import claims, turns
from services.directory.privacy.store import departures
from services.directory.upkeep.store import upkeep
from shared import due
from shared.due.moving import follow_all, move_all
from shared.mongo import Document, Mongo


async def upgrade(mongo: Mongo) -> None:
    await follow_all(mongo, "questions", lambda each: _dated("question", each))
    await follow_all(mongo, "practices", lambda each: _dated("practice", each))
    await follow_all(mongo, "groups", lambda each: _dated("group", each))
    await follow_all(mongo, "edit_digests", lambda each: [_person(upkeep.EDIT_DIGEST, each)])
    await follow_all(mongo, "confirmations", lambda each: [_person(upkeep.CONFIRMATION, each)])
    await follow_all(mongo, "address_claims", lambda each: [claims.due_row(each["_id"], each["due_at"])])
    await follow_all(
        mongo, "coordinator_mails", lambda each: [coordinating.due_row(each["_id"], each["due_at"])]
    )
    await follow_all(mongo, "departures", lambda each: [departures.due_row(each)] if each["open"] else [])
    await follow_all(mongo, "imports", lambda each: [_import(each)] if each["open"] else [])
    await follow_all(mongo, "mass_leaves", _mass_leave)
    await move_all(mongo, "role_turns", lambda each: _old(turns.ROLE_TURN, each))
    await move_all(mongo, "last_words", lambda each: _old(turns.LAST_WORDS, each))
    await move_all(mongo, "agency_work", _work)


def _dated(kind: str, document: Document) -> list[due.Row]:
    id_, at = f"{kind}/{document['_id']}", document.get("due_at")
    return [due.Row(id_, kind, id_, at)] if at is not None else []


def _person(kind: str, document: Document) -> due.Row:
    return turns.row_of(kind, document["_id"], document["due_at"])


def _import(job: Document) -> due.Row:
    data = {"agency": job["agency"], "import": job["_id"]}
    return due.Row(f"import/{job['_id']}", "import", f"agency/{job['agency']}", job["at"], data)


def _mass_leave(held: Document) -> list[due.Row]:
    waiting = held["state"] in {"releasing", "refusing"} or (held["state"] == "open" and not held["told"])
    return (
        [leaves.due_row(leaves.mass_leave_of(held), held["opened_at"] + leaves.GATHERED)] if waiting else []
    )


def _old(kind: str, document: Document) -> Document:
    data = {"from": document["from"]} if "from" in document else {}
    return _row(turns.row_of(kind, document["_id"], document["due_at"], **data))


def _work(document: Document) -> Document:
    what, agency = document["what"], document["agency"]
    at = document.get("not_before", datetime.now(UTC) - timedelta(seconds=1))
    kind = "remerge once more" if document.get("last") else what
    id_ = f"{kind.replace(' ', '-')}/{agency}"
    return _row(due.Row(id_, kind, f"agency/{agency}", at))


def _row(row: due.Row) -> dict[str, Any]:
    return {
        "_id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "due": row.due,
        "next": row.due,
        "data": dict(row.data),
        "state": "due",
        "tries": 0,
        "asked": 1,
    }
