"""Every MongoDB query of the service, and its indexes."""

from pymongo import ASCENDING, IndexModel

from shared.mongo import Indexes


def _index(*fields: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields])


INDEXES: Indexes = {
    "agencies": [],
    "due": [
        IndexModel([("data.people", ASCENDING)], sparse=True),
        IndexModel([("data.after", ASCENDING)], sparse=True),
    ],
    "people": [
        _index("roles.code"),
        _index("assignments.code"),
        _index("specialties"),
        _index("agency"),
        _index("place"),
        _index("groups"),
    ],
    "meetings": [
        _index("state", "starts_at", "_id"),
        _index("convenor_id", "starts_at", "_id"),
        _index("convenor_agency", "starts_at", "_id"),
        _index("convenor_agency", "_id"),
        _index("gone_at"),
    ],
    "participants": [
        _index("meeting_id", "_id"),
        _index("meeting_id", "agency", "_id"),
        _index("agency"),
        _index("meeting_id", "state", "waiting_since", "person_id"),
        _index("meeting_id", "state", "told_sequence"),
        _index("person_id", "state"),
        _index("gone_at"),
    ],
    "calendars": [IndexModel([("sha256", ASCENDING)], unique=True), _index("person_id", "created_at")],
}
