"""Mails to those who keep something: its owner, or the agency's coordinators where the owner is gone."""

from services.directory.agencies.store import agencies
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.telling import tell
from shared.contracts.types import Contract
from shared.mongo import Document, Transaction


async def tell_keepers(
    tx: Transaction, kept: Document, kind: str, *, subject: str, version: int, notice: Contract
) -> None:
    """`kept` has an `owner_id` and an `agency`. Nobody is told of whom others may not hear."""
    owner = (await profiles.load_many(tx, [kept["owner_id"]])).get(kept["owner_id"])
    if owner is not None and is_visible(owner):
        tell(tx, owner["_id"], kind, subject=subject, version=version, notice=notice)
        return
    agency = await agencies.load(tx, kept["agency"])
    for person_id in agency["coordinators"] if agency else ():
        tell(tx, person_id, kind, subject=subject, version=version, notice=notice)
