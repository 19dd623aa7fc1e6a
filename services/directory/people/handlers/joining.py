"""The first steps of an agency that joins, all in one: its coordinator and its HR system's token (D24)."""

from collections.abc import Mapping
from datetime import datetime

from services.directory.agencies.handlers import agencies
from services.directory.people import refusals
from services.directory.people.handlers.people import Merge, merge_and_save
from services.directory.people.rules.merging import Feed
from services.directory.people.store import profiles
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.errors import Invalid
from shared.mongo import Document, Transaction
from shared.observing import trace

HR_SCOPES = ("staff:write", "directory:read")


async def appoint(tx: Transaction, slug: str, coordinator: Mapping[str, str], now: datetime) -> Document:
    """Somebody who is not in the feed yet: what is said of them holds until the feed says more.

    Raises:
        Invalid: while the agency has not declared how it protects, nobody of it can be named.

    """
    agency = await agencies.load_agency(tx, slug)
    if agency["protection"] == "undeclared":
        raise Invalid(protection=refusals.ProtectionIsNotDeclared())
    # Version 0, so that the feed's own first record is newer whatever it counts in.
    said = {**coordinator, "version": 0, "status": "active", "protected": False}
    record = StaffRecord.model_validate(said)
    id_ = person_id(slug, record.employee_id)
    before = (await profiles.load_many(tx, [id_])).get(id_)
    kept = record.__pydantic_serializer__.to_json(record, by_alias=True, exclude_defaults=True)
    # Not by way of take_in, which looks beside the transaction for the agency that is made in it.
    feed = Feed(slug, agency["protection"])
    await merge_and_save(tx, feed, [Merge(id_, before, record, {}, trace.current(), kept=kept)], now)
    return await agencies.change_agency(tx, agency, {"coordinators": [id_]})
