"""Addresses that stand in one agency's records and belong to another, until both have been told."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from shared.mongo import Indexes, Transaction

COLLECTION = "address_claims"
INDEXES: Indexes = {COLLECTION: [IndexModel("due_at", expireAfterSeconds=7 * 86_400)]}
# A feed can claim everybody: a mail says so as well of this many.
_MOST = 1_000


async def note(tx: Transaction, agency: str, people: Sequence[str], due_at: datetime) -> None:
    """The first one says when the agency is told."""
    await tx.db.address_claims.update_one(
        {"_id": agency},
        {"$setOnInsert": {"due_at": due_at}, "$push": {"people": {"$each": list(people), "$slice": -_MOST}}},
        upsert=True,
        session=tx.session,
    )
