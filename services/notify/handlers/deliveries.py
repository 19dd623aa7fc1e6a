"""Announcing what became of the mails."""

from datetime import UTC, datetime

from services.notify.handlers import wrong_addresses
from services.notify.store import notifications
from shared.contracts.envelope import Trace
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.moments import now_ms
from shared.mongo import Transaction
from shared.publishing import outbox

_BATCH = 500


async def announce(tx: Transaction) -> int:
    """Announce mails whose state has changed since; returns how many. A mail is flagged in the write that
    changes it, so that none is forgotten, and a sender need not wait for the outbox.
    """
    mails = await notifications.unannounced(tx, _BATCH)
    if mails:
        await notifications.announced(tx, mails)
        await wrong_addresses.keep(tx, mails, now_ms(datetime.now(UTC)))
    for mail in mails:
        cause = Trace(mail.correlation or None, mail.traceparent)
        outbox.announce(tx, NOTIFY_DELIVERIES, mail.announced(), cause=cause)
    return len(mails)
