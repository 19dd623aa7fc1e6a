"""People as candidates for peers, and who has met whom."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from services.directory.people.rules.visibility import VISIBLE
from shared.mongo import Database, Document, Indexes

_ROLES = [("roles.code", ASCENDING), ("agency", ASCENDING), ("place", ASCENDING)]
_ASSIGNMENTS = [("assignments.code", ASCENDING), ("agency", ASCENDING), ("place", ASCENDING)]
INDEXES: Indexes = {
    "people": [
        IndexModel(_ROLES),
        # Few have an assignment; the others cost nothing here.
        IndexModel(_ASSIGNMENTS, partialFilterExpression={"assignments.code": {"$exists": True}}),
    ],
    "attendance": [
        IndexModel([("person_id", ASCENDING), ("meeting_id", ASCENDING)]),
        IndexModel([("meeting_id", ASCENDING), ("person_id", ASCENDING)]),
    ],
}
# What people are ranked by: some two hundred are, and a handful is shown.
_RANKED = (
    "agency",
    "roles",
    "assignments",
    "specialties",
    "place",
    "groups",
    "absence",
    "visibility",
    "given_name",
    "family_name",
)
_FOR_RANKING = dict.fromkeys(_RANKED, 1)
# Bounds: of a role that thousands have at one agency, the first so many are looked at.
_LOOKED_AT, _TAKEN = 200, 25
_MEETINGS, _MET = 100, 500


async def candidates(
    db: Database, person: Document, roles: Sequence[str], of: Sequence[str]
) -> list[Document]:
    """People in one of `roles`, of each agency in `of` those with most in common with `person`: by agency,
    best first, each with what they are ranked by. One question, however many agencies: each costs more on its
    way than in the database.
    """
    if not (roles and of):
        return []
    first, *others = [_of_agency(person, roles, agency) for agency in of]
    unions: list[Document] = [{"$unionWith": {"coll": "people", "pipeline": each}} for each in others]
    return await db.people.aggregate([*first, *unions]).to_list(None)


def _of_agency(person: Document, roles: Sequence[str], agency: str) -> list[Document]:
    common: Document = {
        "_same_place": {"$eq": ["$place", person["place"]]},
        "_specialties": {"$size": {"$setIntersection": ["$specialties", person["specialties"]]}},
        "_groups": {"$size": {"$setIntersection": ["$groups", person["groups"]]}},
    }
    return [
        {"$match": {**VISIBLE, **_holds(roles), "agency": agency}},
        {"$limit": _LOOKED_AT},
        {"$addFields": common},
        {"$sort": {"_specialties": -1, "_same_place": -1, "_groups": -1, "_id": 1}},
        {"$limit": _TAKEN},
        {"$project": _FOR_RANKING},
    ]


async def visible_of(db: Database, ids: Iterable[str]) -> list[Document]:
    """As `candidates` has them."""
    wanted = list(ids)
    return (
        await db.people.find({"_id": {"$in": wanted}, **VISIBLE}, _FOR_RANKING).to_list(None)
        if wanted
        else []
    )


async def have_met(db: Database, person_id: str, now: datetime) -> Collection[str]:
    """Who took part in the same past meetings, as far as the first hundred go."""
    mine = db.attendance.find({"person_id": person_id, **took_part()}, {"meeting_id": 1})
    ids = [document["meeting_id"] for document in await mine.limit(_MEETINGS).to_list(_MEETINGS)]
    past = db.meetings.find({"_id": {"$in": ids}, "cancelled": False, "ends_at": {"$lt": now}}, {"_id": 1})
    meetings = [document["_id"] for document in await past.to_list(_MEETINGS)]
    others = db.attendance.find({"meeting_id": {"$in": meetings}, **took_part()}, {"person_id": 1})
    found = {document["person_id"] for document in await others.limit(_MET).to_list(_MET)}
    return found - {person_id}


def _holds(roles: Sequence[str]) -> Document:
    return {"$or": [{"roles.code": {"$in": list(roles)}}, {"assignments.code": {"$in": list(roles)}}]}


def took_part() -> Document:
    """Attended; or had accepted, where nobody has noted who came."""
    return {"deleted": False, "$or": [{"attended": True}, {"attended": None, "state": "accepted"}]}
