"""What is left of the rates, shared by all processes."""

from collections.abc import Callable
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from shared.mongo import Database, Indexes

INDEXES: Indexes = {"rates": []}
Decide = Callable[[datetime | None], tuple[list[datetime], datetime]]


async def reserve(db: Database, bucket: str, decide: Decide) -> list[datetime]:
    """The times that `decide` gives out of the bucket's state; two who ask at once never get the same."""
    while True:
        found = await db.rates.find_one({"_id": bucket})
        times, after = decide(found["until"] if found else None)
        if found is None:
            try:
                await db.rates.insert_one({"_id": bucket, "until": after})
            except DuplicateKeyError:
                continue
            return times
        # Compare-and-set: on a loss the other one's reservation comes first.
        written = await db.rates.update_one(
            {"_id": bucket, "until": found["until"]}, {"$set": {"until": after}}
        )
        if written.matched_count:
            return times
