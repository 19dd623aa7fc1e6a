"""Keeping up with who may sign in."""

from collections.abc import Sequence

from services.portal.store import people, sessions
from shared.consuming.incoming import Incoming
from shared.contracts.directory import Agency, Person
from shared.contracts.types import Gone
from shared.mongo import Transaction


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Agency | Gone]]) -> None:
    await people.AGENCIES.apply(tx, batch)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    """Whoever has left, or may no longer be seen, is signed out everywhere."""
    changes = await people.PEOPLE.apply(tx, batch)
    out = [change.id for change in changes if change.after is None or change.after.status == "left"]
    if out:
        await sessions.remove_of(tx.db, out, tx)
