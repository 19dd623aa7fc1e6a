"""Occasions, people and enrolments to try the rules on."""

from datetime import UTC, date, datetime
from typing import Any

from services.courses.models.documents import Course, Occasion
from services.courses.models.people import Employee
from services.courses.worker import KINDS
from shared.due import do_all
from shared.mongo import Mongo
from tests.harness import a_person, eventually

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def an_occasion(**changes: Any) -> Occasion:
    values: dict[str, Any] = {
        "id": "o",
        "version": 1,
        "course_id": "c",
        "host": "csn",
        "title": "Att jobba i staten",
        "title_en": "Working in central government",
        "days": (date(2027, 2, 1), date(2027, 2, 2)),
        "seats": 10,
        "settle_due": date(2027, 2, 2),
    }
    occasion = Occasion(**{**values, **changes})
    return occasion.model_copy(update={"quotas_due": occasion.quotas_open_at if occasion.quotas else None})


def a_course(**changes: Any) -> Course:
    values: dict[str, Any] = {
        "id": "c",
        "version": 1,
        "agency": "csn",
        "title": "Att jobba i staten",
        "title_en": "Working in central government",
    }
    return Course(**{**values, **changes})


def people(agencies: str) -> list[Employee]:
    """One person per letter; the letter is their agency."""
    return [Employee.model_validate(a_person(letter), from_attributes=True) for letter in agencies]


async def do_due(mongo: Mongo, now: datetime) -> None:
    """All that is due by then, also what another process is at."""

    async def nothing() -> bool:
        await do_all(KINDS, mongo, now)
        due = {"kind": {"$in": list(KINDS)}, "state": "due", "next": {"$lte": now}}
        return await mongo.db.due.find_one(due) is None

    await eventually(nothing)
