"""How many of an agency's people lack a field."""

from collections.abc import Sequence
from typing import Any

from services.directory.people.rules.visibility import VISIBLE
from shared.mongo import Database


async def lacking(db: Database, agency: str, fields: Sequence[str]) -> tuple[int, dict[str, int]]:
    """How many people may be seen, and field to how many of them lack it. One pass over the agency's
    people, in the index that has them together: for a page that a coordinator opens now and then.
    """
    counts: dict[str, Any] = {
        name: {"$sum": {"$cond": [{"$in": [f"${name}", [None, "", []]]}, 1, 0]}} for name in fields
    }
    pipeline: list[dict[str, Any]] = [
        {"$match": {"agency": agency, **VISIBLE}},
        {"$group": {"_id": None, "people": {"$sum": 1}, **counts}},
    ]
    found = await db.people.aggregate(pipeline).to_list(1)
    if not found:
        return 0, {}
    return found[0]["people"], {name: found[0][name] for name in fields}
