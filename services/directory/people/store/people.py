"""People as merged, and in each the agency's record as it came: as JSON, nothing asks for its fields."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from pydantic_core import from_json
from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne

from services.directory.people.rules.fields import FORGOTTEN, is_blank, seen
from shared.contracts.directory import Person
from shared.contracts.ids import canonical, person_id, person_id_as_sent
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Indexes, Mongo, Transaction

INDEXES: Indexes = {
    "people": [
        IndexModel([("agency", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("email", sparse=True),
        IndexModel("gone_at", sparse=True),
    ],
}
_RECORD = {"record": 1, "feed_version": 1}
_SHOWN = tuple(name for name in Person.model_fields if name not in {"id", "reach_at"})
_WITHOUT_CONTACT = {
    "email": None,
    "phone": "",
    "absence": None,
    "ask_me_about": [],
    "working_days": [],
    "groups": [],
}


def public_fields(document: Document) -> Document | None:
    """As others see the person, by the contract's names: nothing of the protected, no contact details of who
    has left, nothing that the person keeps to themselves, and None for those whom others never saw.
    """
    if not document["public"]:
        return None
    if document["protected"]:
        gone = {"id": document["_id"], "version": document["version"], "deleted": True}
        return {**gone, "reason": "erased"} if is_blank(document) else gone
    shown = seen(document, "network") if document.get("visibility") else document
    fields = {name: shown[name] for name in _SHOWN if name in shown}
    fields["id"] = document["_id"]
    if document["status"] == "left":
        fields.update(_WITHOUT_CONTACT)
    elif fields["email"] is None and document["email"]:
        fields["reach_at"] = document["email"]
    return fields


def public_state(document: Document) -> Person | Gone | None:
    fields = public_fields(document)
    if fields is None or _is_buried(document):
        return None
    return (Gone if fields["deleted"] else Person).model_validate(fields, strict=False)


def _is_buried(document: Document) -> bool:
    """Their tombstone has been sent: what is announced again must not bring their id back."""
    return is_blank(document) and "buried_at" in document and "gone_at" not in document


async def load_records(tx: Transaction, ids: Iterable[str]) -> dict[str, Document]:
    """The agencies' records of these as they came, with their versions."""
    # Of the erased there is none.
    query = {"_id": {"$in": list(ids)}, "employee_id": {"$ne": ""}}
    found = tx.db.people.find(query, _RECORD, session=tx.session, batch_size=1_000)
    return {
        each["_id"]: {"version": each["feed_version"], "record": record_of(each)}
        for each in await found.to_list(None)
    }


def record_of(document: Document) -> Document:
    """What the agency's system says of them, as it came."""
    return from_json(document["record"])


async def save(tx: Transaction, new: Sequence[Document], changed: Sequence[Document]) -> None:
    if new:
        await tx.db.people.insert_many(new, ordered=False, session=tx.session)
    if changed:
        writes = [ReplaceOne({"_id": each["_id"]}, each) for each in changed]
        await tx.db.people.bulk_write(writes, ordered=False, session=tx.session)


async def note_successors(tx: Transaction, successors: Mapping[str, str]) -> None:
    """Each former holder of an employee id to the person who has it now."""
    changes = [
        UpdateOne({"_id": former}, {"$set": {"succeeded_by": now}}) for former, now in successors.items()
    ]
    await tx.db.people.bulk_write(changes, ordered=False, session=tx.session)


async def forget_versions(tx: Transaction, agency: str, ids: Iterable[str] | None) -> int:
    """Of these, or of all of the agency's people: the next record of each counts, whatever its version."""
    query: Document = {"agency": agency, "employee_id": {"$gt": ""}}
    if ids is not None:
        query["_id"] = {"$in": list(ids)}
    changed = await tx.db.people.update_many(query, {"$set": dict(FORGOTTEN)}, session=tx.session)
    return changed.matched_count


async def current_ids(tx: Transaction, agency: str, employee_ids: Iterable[str]) -> dict[str, str]:
    """Of these, the person ids of those that are not simply made of the employee id: it was given to somebody
    else, or the person came before ids had one form. By the id that it makes.
    """
    bases = {person_id(agency, each): each for each in employee_ids}
    as_sent = {
        person_id_as_sent(agency, each): base for base, each in bases.items() if each != canonical(each)
    }
    query = {
        "$or": [{"_id": {"$in": list(as_sent)}}, {"_id": {"$in": list(bases)}, "succeeded_by": {"$gt": ""}}]
    }
    current: dict[str, str] = {}
    while True:
        rows = await tx.db.people.find(query, {"succeeded_by": 1}, session=tx.session).to_list(None)
        made_of = {
            **{base: base for base in bases},
            **as_sent,
            **{id_: base for base, id_ in current.items()},
        }
        current |= {made_of[row["_id"]]: row.get("succeeded_by") or row["_id"] for row in rows}
        further = [row["succeeded_by"] for row in rows if row.get("succeeded_by")]
        if not further:
            return current
        query = {"_id": {"$in": further}, "succeeded_by": {"$gt": ""}}


async def find_by_email(db: Database, email: str) -> list[Document]:
    """Several, where agencies share an address; people are never joined by it."""
    return await db.people.find({"email": email, "status": "active"}).limit(10).to_list(10)


async def ids_of_agency(mongo: Mongo, agency: str, size: int) -> AsyncIterator[list[str]]:
    """Everybody's id, in portions, protected and left ones too."""
    last = ""
    while True:
        query = {"agency": agency, "_id": {"$gt": last}}
        found = mongo.db.people.find(query, {"_id": 1}).sort([("agency", 1), ("_id", 1)]).limit(size)
        ids = [document["_id"] for document in await found.to_list(size)]
        if not ids:
            return
        yield ids
        last = ids[-1]
