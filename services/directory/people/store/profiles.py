"""People as others may see them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from services.directory.people.rules.visibility import VISIBLE
from shared.contracts.ids import canonical, person_id_as_sent
from shared.mongo import Database, Document, Transaction

_WITHOUT_RECORD: Final = {"record": False}


async def load_many(tx: Transaction, ids: Iterable[str]) -> dict[str, Document]:
    """Whoever they are: what may be shown of them is the caller's to decide."""
    found = tx.db.people.find({"_id": {"$in": list(ids)}}, session=tx.session, batch_size=1_000)
    return {document["_id"]: document for document in await found.to_list(None)}


async def load_current(tx: Transaction, agency: str, bases: Mapping[str, str]) -> dict[str, Document]:
    """Who is known under each employee id now, by the person id that the employee id makes (`bases`)."""
    wanted = {base: base for base in bases.values()}
    for employee_id, base in bases.items():
        if employee_id != canonical(employee_id):
            wanted.setdefault(person_id_as_sent(agency, employee_id), base)
    current: dict[str, Document] = {}
    while wanted:
        found = await load_many(tx, wanted)
        current |= {wanted[id_]: document for id_, document in found.items()}
        # An id that was given to somebody else leads from its former holder to them.
        wanted = {
            document["succeeded_by"]: wanted[id_]
            for id_, document in found.items()
            if document.get("succeeded_by")
        }
    return current


async def find_many(db: Database, ids: Iterable[str]) -> dict[str, Document]:
    """Of these, who is visible."""
    found = db.people.find({"_id": {"$in": list(ids)}, **VISIBLE}, _WITHOUT_RECORD)
    return {document["_id"]: document for document in await found.to_list(None)}


async def whoever(db: Database, ids: Iterable[str]) -> list[Document]:
    """All of these, the protected and the erased too."""
    return await db.people.find({"_id": {"$in": list(ids)}}, _WITHOUT_RECORD).to_list(None)


async def find_one(db: Database, person_id: str) -> Document | None:
    """Whoever it is: what may be shown of them is the caller's to decide. Of the erased nothing can be."""
    return await db.people.find_one({"_id": person_id, "employee_id": {"$ne": ""}})


async def find_any(db: Database, ids: Iterable[str]) -> dict[str, Document]:
    """The same of several."""
    query = {"_id": {"$in": list(set(ids))}, "employee_id": {"$ne": ""}}
    found = await db.people.find(query, _WITHOUT_RECORD).to_list(None)
    return {document["_id"]: document for document in found}


async def all_visible(db: Database, chunk: int) -> AsyncIterator[list[Document]]:
    last = ""
    while True:
        found = db.people.find({"_id": {"$gt": last}, **VISIBLE}, _WITHOUT_RECORD).hint("_id_").sort("_id", 1)
        documents = await found.limit(chunk).to_list(chunk)
        if not documents:
            return
        yield documents
        last = documents[-1]["_id"]
