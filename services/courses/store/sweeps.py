"""How far the search for people whom a course fits has come, and what has been recommended to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pymongo import IndexModel, ReplaceOne

from services.courses.models.wishes import Recommended
from shared import due
from shared.mongo import Indexes, Transaction

INDEXES: Indexes = {"sweeps": [IndexModel("after")], "recommendations": [IndexModel("person_id")]}


@dataclass(frozen=True, slots=True)
class Sweep:
    """`done_until` is the day up to which everybody has been found; `after` where a sweep under way is;
    `again` whether it left out people who are to hear another day.
    """

    course_id: str
    next_at: datetime
    done_until: date | None = None
    after: tuple[str, str] | None = None
    again: bool = False


def due_row(course_id: str, at: datetime) -> due.Row:
    return due.Row(f"sweep/{course_id}", "sweep", f"course/{course_id}", at, {"course": course_id})


async def load(tx: Transaction, course_id: str) -> Sweep | None:
    document = await tx.db.sweeps.find_one({"_id": course_id}, session=tx.session)
    if document is None:
        return None
    done, after = document["done_until"], document["after"]
    return Sweep(
        course_id,
        document["next_at"],
        date.fromisoformat(done) if done else None,
        (after[0], after[1]) if after else None,
        document.get("again", False),
    )


async def save(tx: Transaction, sweep: Sweep) -> None:
    document = {
        "next_at": sweep.next_at,
        "done_until": sweep.done_until,
        "after": sweep.after,
        "again": sweep.again,
    }
    await tx.db.sweeps.replace_one({"_id": sweep.course_id}, document, upsert=True, session=tx.session)
    await due.move(tx, [due_row(sweep.course_id, sweep.next_at)])


async def recommended(tx: Transaction, course_id: str, people: Iterable[str]) -> dict[str, Recommended]:
    """Which of these people have heard of the course before, and when last."""
    ids = [f"{course_id}/{person_id}" for person_id in people]
    found = await tx.db.recommendations.find({"_id": {"$in": ids}}, session=tx.session).to_list(None)
    return {
        document["person_id"]: Recommended(
            document["person_id"],
            document["at"],
            document.get("occasion_id", ""),
            tuple(document.get("known", ())),
            document.get("times", 1),
        )
        for document in found
    }


async def keep_recommended(tx: Transaction, course_id: str, made: Sequence[Recommended]) -> None:
    if made:
        await tx.db.recommendations.bulk_write(
            [ReplaceOne({"_id": f"{course_id}/{one.person_id}"}, asdict(one), upsert=True) for one in made],
            ordered=False,
            session=tx.session,
        )
