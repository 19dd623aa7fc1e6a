"""What the service holds on people and agencies, class by class."""

from collections.abc import Sequence

from shared.contracts.ids import NOBODY
from shared.mongo import Document, Transaction
from shared.privacy.classes import COMMON, RecordClass, by, of_agency

CLASSES = (
    *COMMON,
    RecordClass(
        "enrolments",
        "enrolments",
        "Kursplatser och platser i kö; utan person för kostnader och statistik",
        "Seats and places in line; without them for costs and figures",
        by("person_id"),
        of_agency("agency"),
        action="anonymous",
        special=True,
    ),
    RecordClass(
        "recommendations",
        "recommendations",
        "Kurser som personen har tipsats om",
        "Courses that were recommended to them",
        by("person_id"),
    ),
    RecordClass(
        "bookers",
        "bookers",
        "När personen senast bokade",
        "When they last booked",
        by("_id"),
    ),
    RecordClass(
        "signed_baselines",
        "baselines",
        "Jämförelsekostnader som personen skrev under för sin myndighet",
        "Baselines that they signed for their agency",
        by("signed_by"),
        action="unnamed",
        unname=lambda _people: {"$set": {"signed_by": NOBODY}},
    ),
    RecordClass(
        "baselines",
        "baselines",
        "Myndighetens jämförelsekostnader",
        "The agency's baselines",
        of_agency=of_agency("agency"),
    ),
    RecordClass(
        "courses",
        "courses",
        "Myndighetens kurser; kvar om andra har gått dem",
        "The agency's courses; those that others took stay",
        of_agency=of_agency("agency"),
        action="kept",
        special=True,
    ),
    RecordClass(
        "occasions",
        "occasions",
        "Kurstillfällen som myndigheten ordnar; kvar om andra var med",
        "Occasions that the agency hosts; those that others took part in stay",
        of_agency=of_agency("host"),
        action="kept",
        special=True,
    ),
    RecordClass(
        "settlements",
        "settlements",
        "Avräkningar mellan myndigheter; kvar, för de andras bokföring",
        "Settlements between agencies; they stay, for the others' accounts",
        of_agency=of_agency("agencies"),
        action="kept",
        special=True,
    ),
)
# How far a course's search for people has come: with a person's id for as long as it is under way.
IMPERSONAL = frozenset({"sweeps"})


async def forget_sweeps(tx: Transaction, people: Sequence[str]) -> None:
    """A search that has come as far as one of these goes on from those who began on the same day."""
    change = {"$set": {"after.1": ""}}
    await tx.db.sweeps.update_many({"after": {"$in": list(people)}}, change, session=tx.session)


async def course_is_used(tx: Transaction, course_id: str) -> bool:
    query: Document = {"course_id": course_id}
    return await tx.db.occasions.find_one(query, {"_id": 1}, session=tx.session) is not None
