"""Everything that the directory holds on people, class by class: where it lies, how it is erased, how long it
is kept. Export, erasure, retention and the archive of an agency that leaves all read this one table.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import ASCENDING, IndexModel

from services.directory.scim.rules import ENTERPRISE
from services.directory.scim.store import GROUP, USER
from shared.contracts.topics import staff_topic
from shared.mongo import Database, Document, Indexes, Transaction

INDEXES: Indexes = {
    "people": [IndexModel([("left_at", ASCENDING)], name="left_at", sparse=True)],
    "questions": [IndexModel([("closed_at", ASCENDING)])],
}
Action = Literal["deleted", "unnamed", "blanked", "taken_out"]
_YEAR = 365


@dataclass(frozen=True, slots=True)
class RecordClass:
    """`of` finds the rows of these people. `unname` is the update that takes a person out of a row that
    stays; without it the rows are deleted. `shown` is what of a row is about them, where it tells of others
    as well. `keep_days` count from `since`; None is as long as the person is here.
    """

    name: str
    collection: str
    sv: str
    en: str
    of: Callable[[Sequence[Document]], Document]
    unname: Callable[[str], Document] | None = None
    shown: Callable[[Document, Document], Document] | None = None
    action: Action = "deleted"
    since: str = ""
    keep_days: int | None = None


def ids(people: Sequence[Document]) -> list[str]:
    return [person["_id"] for person in people]


def _field(name: str) -> Callable[[Sequence[Document]], Document]:
    return lambda people: {name: {"$in": ids(people)}}


def _subject(people: Sequence[Document]) -> Document:
    return {"subject": {"$in": [f"person/{id_}" for id_ in ids(people)]}}


def _set_none(name: str) -> Callable[[str], Document]:
    return lambda _person_id: {"$set": {name: None}}


def _versions(people: Sequence[Document]) -> Document:
    """Ids that begin with the person's id and a slash; the sign after the slash ends the range."""
    return {"$or": [{"_id": {"$gte": f"{id_}/", "$lt": f"{id_}0"}} for id_ in ids(people)]}


def _scim(people: Sequence[Document]) -> Document:
    return {"kind": USER, **_by_employee(people)}


def _scim_groups(people: Sequence[Document]) -> Document:
    agencies = sorted({person["agency"] for person in people})
    return {"agency": {"$in": agencies}, "kind": GROUP, "keys.members.value": {"$in": ids(people)}}


def _no_member(person_id: str) -> Document:
    member = {"value": person_id}
    return {"$pull": {"resource.members": member, "keys.members": member}, "$inc": {"version": 1}}


def _own_resource(row: Document, _person: Document) -> Document:
    """Without the mirror that is searched, and without what the identity provider calls their manager."""
    resource = dict(row["resource"])
    if manager := (resource.get(ENTERPRISE) or {}).get("manager"):
        named = {name: value for name, value in manager.items() if name != "displayName"}
        resource[ENTERPRISE] = {**resource[ENTERPRISE], "manager": named}
    return {**{name: value for name, value in row.items() if name != "keys"}, "resource": resource}


def _own_membership(row: Document, person: Document) -> Document:
    """Not who else is in it: colleagues with protected identity may be."""
    own = [each for each in row["resource"].get("members") or () if each.get("value") == person["_id"]]
    return {"_id": row["_id"], "name": row["resource"].get("displayName", ""), "members": own}


def _by_employee(people: Sequence[Document]) -> Document:
    return {
        "agency": {"$in": sorted({person["agency"] for person in people})},
        "employee_id": {"$in": [person["employee_id"] for person in people]},
    }


def _parked(people: Sequence[Document]) -> Document:
    by_topic: dict[str, list[bytes]] = {}
    for person in people:
        by_topic.setdefault(staff_topic(person["agency"]).name, []).append(person["employee_id"].encode())
    return {"$or": [{"topic": topic, "key": {"$in": keys}} for topic, keys in by_topic.items()]}


def _parked_as_text(row: Document, _person: Document) -> Document:
    said = {name: row[name] for name in ("_id", "kind", "reason", "at")}
    return {**said, "record": row["value"].decode(errors="replace")}


def _requests(people: Sequence[Document]) -> Document:
    starts = [f"{person['agency']}/{person['_id']}/" for person in people]
    return {"$or": [{"_id": {"$gte": start, "$lt": start[:-1] + "0"}} for start in starts]}


CLASSES: tuple[RecordClass, ...] = (
    RecordClass(
        "people",
        "people",
        "Personen som nätverket ser den, det personen skrev (own) och myndighetens post som den kom (record)",
        "The person as the network sees them, what they wrote (own) and the agency's record (record)",
        _field("_id"),
        action="blanked",
        since="left_at",
        keep_days=3 * _YEAR,
    ),
    RecordClass(
        "held_leaves",
        "held_leaves",
        "Besked om att personen slutat, som väntar på ja",
        "A leaving that waits for a yes",
        _field("_id"),
    ),
    RecordClass(
        "corrections",
        "corrections",
        "Förslag på rättelser av personen",
        "Proposed corrections of them",
        _field("person_id"),
    ),
    RecordClass(
        "proposed_corrections",
        "corrections",
        "Rättelser som personen föreslog",
        "Corrections that they proposed",
        _field("proposer_id"),
        _set_none("proposer_id"),
        action="unnamed",
    ),
    RecordClass(
        "edit_digests",
        "edit_digests",
        "Besked om ändringar, på väg",
        "News of edits, to be told",
        _field("_id"),
    ),
    RecordClass(
        "confirmations",
        "confirmations",
        "Frågan om profilen fortfarande stämmer",
        "The question whether the profile is still right",
        _field("_id"),
    ),
    RecordClass("due", "due", "Det som ska hända senare", "What is due later", _subject),
    RecordClass("history", "history", "Ändringar av profilen", "Changes of the profile", _versions),
    RecordClass(
        "scim_resources",
        "scim_resources",
        "Posten hos SCIM",
        "The identity provider's resource",
        _scim,
        shown=_own_resource,
    ),
    RecordClass(
        "scim_groups",
        "scim_resources",
        "Grupper hos SCIM som personen är med i",
        "The identity provider's groups that they are in",
        _scim_groups,
        _no_member,
        _own_membership,
        "taken_out",
    ),
    RecordClass(
        "refused_records",
        "parked",
        "Personposter som inte kunde tas emot",
        "Staff records that could not be taken in",
        _parked,
        shown=_parked_as_text,
    ),
    RecordClass(
        "import_faults",
        "import_faults",
        "Fel på personens rader i inlästa filer",
        "What was wrong with their rows in imported files",
        _by_employee,
        lambda _person_id: {"$set": {"employee_id": ""}},
        action="unnamed",
    ),
    RecordClass(
        "lone_cards",
        "lone_cards",
        "Kort: du är inte ensam",
        "Cards: you are not alone",
        _field("person_id"),
        since="retired_at",
        keep_days=_YEAR,
    ),
    RecordClass(
        "attendance",
        "attendance",
        "Kopia av vilka möten personen var med på",
        "Copy of which meetings they took part in",
        _field("person_id"),
    ),
    RecordClass(
        "questions",
        "questions",
        "Frågor som personen ställde",
        "Questions that they asked",
        _field("asker_id"),
        _set_none("asker_id"),
        action="unnamed",
        since="closed_at",
        keep_days=5 * _YEAR,
    ),
    RecordClass(
        "asked",
        "questions",
        "Frågor som personen fick",
        "Questions that they were asked",
        _field("asked.person_id"),
        lambda person_id: {"$pull": {"asked": {"person_id": person_id}}},
        action="unnamed",
    ),
    RecordClass(
        "answers",
        "answers",
        "Svar som personen gav",
        "Answers that they gave",
        _field("person_id"),
        _set_none("person_id"),
        action="unnamed",
    ),
    RecordClass(
        "practices",
        "practices",
        "Arbetssätt som personen ansvarade för",
        "Practices that they kept",
        _field("owner_id"),
        _set_none("owner_id"),
        action="unnamed",
    ),
    RecordClass(
        "credited_practices",
        "practices",
        "Arbetssätt som började som personens svar",
        "Practices that began as their answer",
        _field("credited_id"),
        _set_none("credited_id"),
        action="unnamed",
    ),
    RecordClass(
        "groups",
        "groups",
        "Grupper som personen är med i",
        "Groups that they are in",
        lambda people: {"_id": {"$in": sorted({id_ for person in people for id_ in person["groups"]})}},
        action="taken_out",
    ),
    RecordClass(
        "group_decisions",
        "group_decisions",
        "Beslut som personen skrev ner",
        "Decisions that they noted",
        _field("noted_by"),
        _set_none("noted_by"),
        action="unnamed",
    ),
    RecordClass(
        "audit_people",
        "audit_people",
        "Vem granskningsloggen handlar om: utan det leder loggens rader inte till personen",
        "Whom the audit is about: without it the audit's entries do not lead to them",
        _field("_id"),
    ),
    RecordClass(
        "decided_corrections",
        "corrections",
        "Rättelser som personen avgjorde för sin myndighet",
        "Corrections that they decided for their agency",
        _field("decided_by"),
        _set_none("decided_by"),
        action="unnamed",
    ),
    RecordClass(
        "privacy_requests",
        "privacy_requests",
        "När personen bad om sina uppgifter",
        "When they asked for what is held on them",
        _field("people.id"),
        shown=lambda row, _person: {name: row[name] for name in ("_id", "kind", "at", "state")},
        # By handlers/privacy.py: the services are told that nothing is asked any more.
        action="unnamed",
    ),
    RecordClass(
        "requests", "idempotency", "Svar på anrop, ett dygn", "Answers to calls, for a day", _requests
    ),
)
# An agency's own files, which its people can't be looked up in and which MongoDB forgets on its own in days;
# an import's goes as soon as it is read, or an hour after a dry run. `imports` and `departures` themselves
# name nobody.
SHORT_LIVED = frozenset(
    {"address_claims", "imports", "import_files", "departures", "departure_files", "privacy_pieces"}
)
# What holds nothing on a person, or ids of people that lead nowhere once those are erased.
IMPERSONAL = frozenset(
    {
        "agencies",
        "coordinator_mails",
        "arrivals",
        "burials",
        "role_mappings",
        "meetings",
        "occasions",
        "headcounts",
        "import_mappings",
        "leave_windows",
        "lone_reviews",
        "lone_settled",
        "lone_days",
        "lone_gaps",
        "mass_leaves",
    }
)


async def of_person(db: Database, record_class: RecordClass, person: Document) -> list[Document]:
    """What is given out to them."""
    found = await of_people(db, record_class, [person])
    return [record_class.shown(row, person) for row in found] if record_class.shown else found


async def of_people(db: Database, record_class: RecordClass, people: Sequence[Document]) -> list[Document]:
    return await db[record_class.collection].find(record_class.of(people)).to_list(None)


async def count(db: Database, record_class: RecordClass, person: Document) -> int:
    return await db[record_class.collection].count_documents(record_class.of([person]))


async def erase(tx: Transaction, record_class: RecordClass, person: Document) -> None:
    """Of what is deleted or unnamed; the person and their groups are announced too (handlers/erasing.py)."""
    rows = tx.db[record_class.collection]
    query = record_class.of([person])
    if record_class.unname is not None:
        await rows.update_many(query, record_class.unname(person["_id"]), session=tx.session)
    elif record_class.action == "deleted":
        await rows.delete_many(query, session=tx.session)


async def put_person(tx: Transaction, person: Document) -> None:
    await tx.db.people.replace_one({"_id": person["_id"]}, person, session=tx.session)


async def hasten_tombstones(tx: Transaction, ids: Iterable[str], gone_at: datetime) -> None:
    """Of those who are erased still."""
    query = {"_id": {"$in": list(ids)}, "employee_id": "", "gone_at": {"$exists": True}}
    await tx.db.people.update_many(query, {"$set": {"gone_at": gone_at}}, session=tx.session)


async def note_left(tx: Transaction, shown: Iterable[str], hidden: Iterable[str], now: datetime) -> None:
    """From when those who have left are kept; whoever comes back is kept as long as they stay."""
    if left := list(hidden):
        query = {"_id": {"$in": left}, "status": "left"}
        await tx.db.people.update_many(query, {"$set": {"left_at": now}}, session=tx.session)
    if back := list(shown):
        query = {"_id": {"$in": back}}
        await tx.db.people.update_many(query, {"$unset": {"left_at": ""}}, session=tx.session)


async def outlived(db: Database, record_class: RecordClass, before: datetime, limit: int) -> list[Any]:
    """Ids of rows that have been kept long enough."""
    query = {record_class.since: {"$lt": before}}
    found = db[record_class.collection].find(query, {"_id": 1}).sort(record_class.since, ASCENDING)
    return [row["_id"] for row in await found.limit(limit).to_list(limit)]


async def outlived_count(db: Database, record_class: RecordClass, before: datetime) -> int:
    return await db[record_class.collection].count_documents({record_class.since: {"$lt": before}})


async def drop(tx: Transaction, record_class: RecordClass, rows: Sequence[Any]) -> None:
    await tx.db[record_class.collection].delete_many({"_id": {"$in": list(rows)}}, session=tx.session)
    if record_class.collection == "questions":
        await tx.db.answers.delete_many({"question_id": {"$in": list(rows)}}, session=tx.session)
