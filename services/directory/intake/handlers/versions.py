"""When a feed begins to count from the start again, or has counted too far."""

from collections.abc import Sequence

from services.directory.agencies.store import agencies
from services.directory.people.store import people, profiles
from shared.audit import entries as audit
from shared.contracts.ids import person_id
from shared.mongo import Transaction
from shared.refusals import NoSuchAgency


async def forget(tx: Transaction, agency: str, employee_ids: Sequence[str] | None) -> int:
    """The next record of each of these people counts, whatever its version; None: of all of the agency's.
    Returns how many people that is.

    Raises:
        NotFound: there is no such agency.
    """
    if await agencies.load(tx, agency) is None:
        raise NoSuchAgency
    ids: list[str] | None = None
    if employee_ids is not None:
        known = await profiles.load_current(
            tx, agency, {each: person_id(agency, each) for each in employee_ids}
        )
        ids = [person["_id"] for person in known.values()]
    changed = await people.forget_versions(tx, agency, ids)
    await audit.record(tx, "feed.versions_forgotten", agency=agency, people=changed)
    return changed
