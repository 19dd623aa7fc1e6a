"""What the service holds on people and agencies, class by class."""

from shared.mongo import Transaction
from shared.privacy.classes import COMMON, RecordClass, by, of_agency

CLASSES = (
    *COMMON,
    RecordClass(
        "participations",
        "participants",
        "Möten som personen bjöds in till, svar och närvaro; utan person för statistiken",
        "Meetings that they were invited to, answers and attendance; without them for the figures",
        by("person_id"),
        of_agency("agency"),
        action="anonymous",
        special=True,
    ),
    RecordClass(
        "convened_meetings",
        "meetings",
        "Möten som personen sammankallade",
        "Meetings that they convened",
        by("convenor_id"),
        of_agency("convenor_agency"),
        action="unnamed",
        special=True,
        hidden=("attendance_code",),
    ),
    RecordClass(
        "calendars",
        "calendars",
        "Adresser till personens kalenderflöden",
        "Addresses of their calendar feeds",
        by("person_id"),
        hidden=("sha256",),
    ),
    RecordClass(
        "jobs",
        "jobs",
        "Arbete som är på gång för personen",
        "Work under way for them",
        by("people"),
        action="unnamed",
        special=True,
    ),
)
IMPERSONAL: frozenset[str] = frozenset()


async def shorten_cursors(tx: Transaction, participation_ids: list[str]) -> None:
    """Timers that have come as far as one of these go on from a place just before it."""
    found = tx.db.timers.find({"after": {"$in": participation_ids}}, {"after": 1}, session=tx.session)
    for row in await found.to_list(None):
        meeting_id, _, person_id = row["after"].partition("/")
        change = {"$set": {"after": f"{meeting_id}/{person_id[:4]}"}}
        await tx.db.timers.update_one({"_id": row["_id"]}, change, session=tx.session)


async def remove_timers(tx: Transaction, meeting_id: str) -> None:
    await tx.db.timers.delete_many({"subject": f"meeting/{meeting_id}"}, session=tx.session)
