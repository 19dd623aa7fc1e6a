"""What people are called where they are mentioned: nothing of the protected, the name of who has left."""

from collections.abc import Iterable

from services.directory.people.models import Named
from shared.mongo import Database

_NAMED = {"display_name": 1, "agency": 1, "status": 1}


async def named(db: Database, ids: Iterable[str | None]) -> dict[str, Named]:
    """Of these, who may be mentioned."""
    wanted = sorted({id_ for id_ in ids if id_ is not None})
    if not wanted:
        return {}
    found = db.people.find({"_id": {"$in": wanted}, "protected": False, "public": True}, _NAMED)
    return {
        document["_id"]: Named(
            document["_id"], document["display_name"], document["agency"], document["status"] == "left"
        )
        for document in await found.to_list(None)
    }
