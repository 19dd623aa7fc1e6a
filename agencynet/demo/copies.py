"""What each service holds of a person in its own database."""

from __future__ import annotations

from agencynet.demo.observing import eventually
from agencynet.local import SERVICES
from agencynet.operations import database
from shared.mongo import Mongo
from shared.settings import ServiceSettings


async def phones(settings: ServiceSettings, person_id: str) -> dict[str, str]:
    """Service to the phone number in its copy of the person."""
    found: dict[str, str] = {}
    for service in SERVICES:
        async with database(settings, service) as mongo:
            found[service] = await _phone(mongo, person_id)
    return found


async def _phone(mongo: Mongo, person_id: str) -> str:
    person = await mongo.db.people.find_one({"_id": person_id})
    return person.get("phone", "") if person else ""


async def show_phone(settings: ServiceSettings, person_id: str, phone: str) -> dict[str, str]:
    """Wait until every copy shows the number. Raises DidNotHappen."""
    return await eventually(
        f"Every service's copy shows {phone}",
        lambda: phones(settings, person_id),
        until=lambda found: set(found.values()) == {phone},
    )
