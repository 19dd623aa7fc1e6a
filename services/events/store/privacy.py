"""What the service holds on people and agencies, class by class."""

from shared import due
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
        "due",
        "Arbete som är på gång för personen",
        "Work under way for them",
        by("data.people"),
        action="unnamed",
        special=True,
    ),
)
IMPERSONAL: frozenset[str] = frozenset()


async def shorten_cursors(tx: Transaction, participation_ids: list[str]) -> None:
    """Timers that have come as far as one of these go on from a place just before it."""
    found = tx.db.due.find({"data.after": {"$in": participation_ids}}, {"data.after": 1}, session=tx.session)
    for row in await found.to_list(None):
        meeting_id, _, person_id = row["data"]["after"].partition("/")
        change = {"$set": {"data.after": f"{meeting_id}/{person_id[:4]}"}}
        await tx.db.due.update_one({"_id": row["_id"]}, change, session=tx.session)


async def forget_jobs(tx: Transaction, person_id: str) -> None:
    """Nothing is to be done about them any more: they are erased, and what their leaving meant is done."""
    leaving = {"$gte": f"leave/{person_id}/", "$lt": f"leave/{person_id}0"}
    await tx.db.due.delete_many({"_id": leaving}, session=tx.session)
    await due.cancel_of(tx, [f"person/{person_id}"])
    # Without anybody a sweep would be one of the whole audience.
    alone = {"data.people": [person_id]}
    await tx.db.due.delete_many(alone, session=tx.session)
    change = {"$pull": {"data.people": person_id}}
    await tx.db.due.update_many({"data.people": person_id}, change, session=tx.session)
