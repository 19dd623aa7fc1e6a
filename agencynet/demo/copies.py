"""What each service holds of a person in its own database."""

from __future__ import annotations

import contextlib

from pymongo.errors import PyMongoError

from agencynet.demo.observing import eventually
from agencynet.local import SERVICES, Local
from agencynet.operations import database, settings
from shared.mongo import Document


async def of_person(local: Local, person_id: str) -> dict[str, Document]:
    """Service to what it keeps of the person; nothing of services that keep nothing, or while MongoDB is
    away.
    """
    found: dict[str, Document] = {}
    with contextlib.suppress(PyMongoError):
        for service in SERVICES:
            async with database(settings(local), service) as mongo:
                if person := await mongo.db.people.find_one({"_id": person_id}):
                    found[service] = person
    return found


async def show_phone(local: Local, person_id: str, phone: str) -> list[str]:
    """Wait until every service has heard of the number; returns those that keep it. Raises DidNotHappen."""

    def all_have_heard(found: dict[str, Document]) -> bool:
        versions = {person["version"] for person in found.values()}
        numbers = {person["phone"] for person in found.values() if "phone" in person}
        return len(found) == len(SERVICES) and len(versions) == 1 and numbers == {phone}

    held = await eventually(
        f"Every service has heard of {phone}", lambda: of_person(local, person_id), until=all_have_heard
    )
    return [service for service, person in held.items() if "phone" in person]
