"""The history of a profile: who changed what, when and why."""

from collections.abc import Sequence
from datetime import datetime

from services.directory.people.models import HistoryEntry
from services.directory.people.rules.facts import PersonEdited
from services.directory.people.rules.history import changes
from services.directory.people.store import history
from shared.moments import now_ms
from shared.mongo import Transaction
from shared.web import idempotency


async def note(tx: Transaction, edits: Sequence[PersonEdited], now: datetime) -> None:
    """Write the history in the transaction that made the edits. Drop the old values of a person who becomes
    protected.
    """
    entries = [entry for edit in edits if (entry := _entry(edit, now)).changes]
    if entries:
        await history.add(tx, entries)
    if protected := [e.after["_id"] for e in edits if e.after["protected"] and not e.before["protected"]]:
        await history.forget_values(tx, protected)
        await idempotency.forget(tx, protected)


def _entry(edit: PersonEdited, now: datetime) -> HistoryEntry:
    return HistoryEntry(
        person_id=edit.after["_id"],
        version=edit.after["version"],
        at=now_ms(now),
        kind=edit.by.kind,
        by=edit.by.person_id,
        reason=edit.by.reason,
        subject=edit.by.subject,
        correlation=edit.cause.correlation,
        changes=changes(edit.before, edit.after),
    )
