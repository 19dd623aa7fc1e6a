"""Who holds a role today, for a list on the wall, and the mailboxes of those who may not be shown."""

from datetime import datetime
from typing import Any

from services.directory.days import today
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.visibility import VISIBLE
from shared.formats.alphabet import sort_key
from shared.mongo import Database, Document

MOST = 2_000


async def holders(db: Database, role: str, agency: str | None, now: datetime) -> list[Document]:
    """By agency and name, one more than `MOST` at most."""
    query: Document = {**VISIBLE, "$or": [{"roles.code": role}, {"assignments.code": role}]}
    if agency is not None:
        query["agency"] = agency
    day = today(now)
    found = [
        person
        for person in await db.people.find(query).limit(MOST + 1).to_list(MOST + 1)
        if role in role_codes(person, day)
    ]
    return sorted(found, key=_by_agency_and_name)


def _by_agency_and_name(person: Document) -> tuple[Any, ...]:
    return (
        person["agency"],
        sort_key(person["family_name"]),
        sort_key(person["given_name"]),
        person["_id"],
    )


async def mailboxes(db: Database, role: str, agency: str | None) -> list[tuple[str, str]]:
    """Agency to the role's mailbox, whether or not anybody there is hidden: nobody is to conclude that."""
    query: Document = {"_id": agency or {"$gt": ""}, "deleted": False}
    found = await db.agencies.find(query, {"role_mailboxes": 1}).sort("_id", 1).to_list(None)
    return [(each["_id"], each["role_mailboxes"][role]) for each in found if role in each["role_mailboxes"]]
