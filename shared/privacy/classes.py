"""The classes of records that hold something on people: where they lie, and what an erasure does to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shared.mongo import Database, Document, Transaction

Action = Literal["deleted", "unnamed", "anonymous", "kept"]
"""`deleted`: nothing stays. `unnamed`: the row stays without them. `anonymous`: a row under a random id takes
its place, for counts and money. `kept`: elsewhere is said why.
"""


@dataclass(frozen=True, slots=True)
class Whom:
    """Of whom: people of one agency, and with `whole` what is the agency's own as well."""

    agency: str
    people: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class RecordClass:
    """`of` finds the rows of people, `of_agency` those that are an agency's own. `unname` is the update that
    takes people out of a row that stays. A class with `special` is erased by its service, not by this table.
    """

    name: str
    collection: str
    sv: str
    en: str
    of: Callable[[Sequence[str]], Document] | None = None
    of_agency: Callable[[str], Document] | None = None
    action: Action = "deleted"
    unname: Callable[[Sequence[str]], Document] | None = None
    special: bool = False
    hidden: tuple[str, ...] = field(default=())
    """Fields that are not given out: secrets, and others' data."""

    def query(self, whom: Whom) -> Document | None:
        """None where it can hold nothing of theirs."""
        wanted: list[Document] = []
        if self.of and whom.people:
            wanted.append(self.of(whom.people))
        if self.of_agency and whom.whole:
            wanted.append(self.of_agency(whom.agency))
        return {"$or": wanted} if len(wanted) > 1 else (wanted[0] if wanted else None)


def by(name: str) -> Callable[[Sequence[str]], Document]:
    """Rows whose field is the id of one of them."""
    return lambda people: {name: {"$in": list(people)}}


def of_agency(name: str) -> Callable[[str], Document]:
    return lambda agency: {name: agency}


def beginning(tail: str = "/") -> Callable[[Sequence[str]], Document]:
    """Rows whose id begins with a person's id and `tail`."""

    def query(people: Sequence[str]) -> Document:
        return {"$or": [{"_id": {"$gte": f"{id_}{tail}", "$lt": f"{id_}{tail}~"}} for id_ in people]}

    return query


def _parked(people: Sequence[str]) -> Document:
    """Messages on topics whose key is a person."""
    keys = [id_.encode() for id_ in people]
    return {"topic": {"$in": ["directory.people", "notify.requests"]}, "key": {"$in": keys}}


def _due(people: Sequence[str]) -> Document:
    return {"subject": {"$in": [f"person/{id_}" for id_ in people]}}


COMMON = (
    RecordClass(
        "people",
        "people",
        "Kopia av personens uppgifter i katalogen",
        "A copy of the person's entry in the directory",
        by("_id"),
    ),
    RecordClass(
        "requests",
        "idempotency",
        "Svar på anrop där personen nämns, ett dygn",
        "Answers to calls that mention them, for a day",
        by("ids"),
        action="unnamed",
        unname=lambda _people: {"$unset": {"answer": "", "ids": ""}},
    ),
    RecordClass(
        "parked",
        "parked",
        "Meddelanden om personen som inte kunde hanteras",
        "Messages about them that could not be handled",
        _parked,
    ),
    RecordClass(
        "due",
        "due",
        "Det som ska hända senare om personen",
        "What is due later about them",
        _due,
    ),
)
"""What every service but the directory holds."""
# Rows of the machinery: they hold nothing on a person, or lead nowhere once what they lead to is gone.
# `published` is packed, was on Kafka anyway, and is gone within the hour (docs/decisions/0025).
# `outbox` is what waits for Kafka, `privacy` what is asked; both are emptied by being done. `audit` names
# people by an alias, and those who acted in office (docs/decisions/0016).
MACHINERY = frozenset(
    {
        "agencies",
        "audit",
        "audit_pending",
        "audit_people",
        "audit_seals",
        "burials",
        "cursors",
        "erasures",
        "interruptions",
        "leases",
        "members",
        "outbox",
        "privacy",
        "published",
    }
)


async def count(db: Database, each: RecordClass, whom: Whom) -> int:
    query = each.query(whom)
    return await db[each.collection].count_documents(query) if query else 0


async def erase(tx: Transaction, each: RecordClass, whom: Whom) -> None:
    """Of one that is deleted or unnamed."""
    query = each.query(whom)
    if query is None:
        return
    if each.unname:
        await tx.db[each.collection].update_many(query, each.unname(whom.people), session=tx.session)
    elif each.action == "deleted":
        await tx.db[each.collection].delete_many(query, session=tx.session)
