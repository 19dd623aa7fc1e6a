"""What follows when somebody may be seen by others, or may not any more."""

from collections.abc import Iterable
from datetime import UTC, datetime

from services.directory.agencies.handlers.agencies import drop_trusted
from services.directory.groups.handlers.groups import show_and_hide
from services.directory.groups.rules.groups import VisibilityChanged
from services.directory.privacy.store import records
from services.directory.upkeep.store import corrections, upkeep
from shared.mongo import Transaction


async def follow_people(tx: Transaction, changed: Iterable[VisibilityChanged]) -> None:
    """In the transaction that changes them, so that nothing shows them a moment longer. Idempotent."""
    changes = list(changed)
    await show_and_hide(tx, changes)
    shown = [change.person_id for change in changes if change.visible]
    hidden = [change.person_id for change in changes if not change.visible]
    await records.note_left(tx, shown, hidden, datetime.now(UTC))
    if hidden:
        await drop_trusted(tx, hidden, changes[-1].cause)
        await corrections.forget(tx, hidden)
        await upkeep.forget(tx, hidden)
