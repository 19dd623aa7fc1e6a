"""Addresses that stand in one agency's records and belong to another, until both have been told."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from services.directory.people.models import AddressClaims
from shared import due
from shared.mongo import Indexes, Transaction

COLLECTION = "address_claims"
ADDRESS_CLAIMS = "address claims"
INDEXES: Indexes = {COLLECTION: [IndexModel("due_at", expireAfterSeconds=7 * 86_400)]}
# A feed can claim everybody: a mail says so as well of this many.
_MOST = 1_000


async def note(tx: Transaction, agency: str, people: Sequence[str], due_at: datetime) -> None:
    """The first one says when the agency is told."""
    noted = await tx.db.address_claims.update_one(
        {"_id": agency},
        {"$setOnInsert": {"due_at": due_at}, "$push": {"people": {"$each": list(people), "$slice": -_MOST}}},
        upsert=True,
        session=tx.session,
    )
    if noted.upserted_id:
        await due.schedule(tx, [due_row(agency, due_at)])


def due_row(agency: str, at: datetime) -> due.Row:
    return due.Row(f"address-claims/{agency}", ADDRESS_CLAIMS, f"agency/{agency}", at)


async def take(tx: Transaction, agency: str) -> AddressClaims | None:
    found = await tx.db.address_claims.find_one_and_delete({"_id": agency}, session=tx.session)
    return AddressClaims(frozenset(found["people"]), found["due_at"]) if found else None
