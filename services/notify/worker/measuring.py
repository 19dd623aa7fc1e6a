"""What waits in the post office."""

from datetime import UTC, datetime

from prometheus_client import Gauge

from services.notify.store import notifications
from shared.mongo import Database
from shared.observing.metrics import MOST

_WAITING = ("created", "sending", "in_doubt", "deferred")
_oldest = Gauge("notify_oldest_due_seconds", "How long the mail that is due the longest has been due")
_waiting = Gauge(
    "notify_mails_waiting", f"Mails that are not settled by their state, of the {MOST} due first", ["state"]
)
_undecided = Gauge(
    "notify_mails_undecided", "Mails that went out or did not; only a person can tell, and resend them"
)


async def measure(db: Database) -> None:
    oldest = await notifications.oldest_due(db)
    waited = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    _oldest.set(max(0.0, waited))
    waiting = await notifications.waiting_by_state(db, MOST)
    for state in _WAITING:
        _waiting.labels(state).set(waiting.get(state, 0))
    _undecided.set(await notifications.left_to_operator(db, MOST))
