"""An agency's own words that nobody has said the meaning of yet."""

from typing import Any

from shared.mongo import Database, Document

_MOST = 1_000


async def words(db: Database, agency: str, field: str) -> list[Document]:
    """Each value of the list `field` with how many of the agency's people have it, the commonest first. One
    pass over the agency's people, for a page that a coordinator opens now and then.
    """
    pipeline: list[dict[str, Any]] = [
        {"$match": {"agency": agency, "status": "active", "protected": False}},
        {"$unwind": f"${field}"},
        {"$group": {"_id": f"${field}", "people": {"$sum": 1}}},
        {"$sort": {"people": -1, "_id": 1}},
        {"$limit": _MOST},
    ]
    return await db.people.aggregate(pipeline).to_list(_MOST)
