"""Announcing what became of the mails."""

from datetime import UTC, datetime

from services.notify.handlers import wrong_addresses
from services.notify.store import notifications
from shared.contracts.envelope import Trace
from shared.contracts.notify import Delivery
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.publishing import outbox

_BATCH = 500


def delivery(row: Document) -> Delivery:
    return Delivery(
        id=row["_id"],
        version=row["version"],
        person_id=row["person_id"],
        kind=row["kind"],
        subject=row["subject"],
        subject_version=row["subject_version"],
        state=row["state"],
        reason=row["reason"],
        message_id=row.get("message_id", ""),
        sent_at=row.get("sent_at"),
    )


async def announce(tx: Transaction) -> int:
    """Announce rows whose state changed since they last were; returns how many. A row is flagged in the same
    write that changes it, so that none is forgotten, and a sender need not wait for the outbox.
    """
    rows = await notifications.unannounced(tx, _BATCH)
    if rows:
        await notifications.announced(tx, rows)
        await wrong_addresses.keep(tx, rows, now_ms(datetime.now(UTC)))
    for row in rows:
        cause = Trace(row["correlation"] or None, row["traceparent"])
        outbox.announce(tx, NOTIFY_DELIVERIES, delivery(row), cause=cause)
    return len(rows)
