"""What people are called where they are mentioned: nothing of the protected, the name of who has left."""

from collections.abc import Iterable

from shared.mongo import Database, Document

_NAMED = {"display_name": 1, "agency": 1, "status": 1}


async def named(db: Database, ids: Iterable[str | None]) -> dict[str, Document]:
    """Of these, who may be mentioned."""
    wanted = sorted({id_ for id_ in ids if id_ is not None})
    if not wanted:
        return {}
    found = db.people.find({"_id": {"$in": wanted}, "protected": False, "public": True}, _NAMED)
    return {document["_id"]: document for document in await found.to_list(None)}
