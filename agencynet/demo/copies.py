"""What each service holds of a person in its own database."""

from __future__ import annotations

import contextlib

from pymongo.errors import PyMongoError

from agencynet.demo.observing import eventually
from agencynet.local import SERVICES, Local
from agencynet.operations import database, settings
from shared.mongo import Mongo


async def phones(local: Local, person_id: str) -> dict[str, str]:
    """Service to the phone number in its copy of the person; nothing while MongoDB is away."""
    found: dict[str, str] = {}
    with contextlib.suppress(PyMongoError):
        for service in SERVICES:
            async with database(settings(local), service) as mongo:
                found[service] = await _phone(mongo, person_id)
    return found


async def _phone(mongo: Mongo, person_id: str) -> str:
    person = await mongo.db.people.find_one({"_id": person_id})
    return person.get("phone", "") if person else ""


async def show_phone(local: Local, person_id: str, phone: str) -> dict[str, str]:
    """Wait until every copy shows the number. Raises DidNotHappen."""
    return await eventually(
        f"Every service's copy shows {phone}",
        lambda: phones(local, person_id),
        until=lambda found: found == dict.fromkeys(SERVICES, phone),
    )
