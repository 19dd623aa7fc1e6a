"""What an operator sees of the work that is due: what is late, and what was set aside."""

from datetime import UTC, datetime

from prometheus_client import Gauge

from shared.due import rows
from shared.due.kinds import Kinds
from shared.mongo import Database
from shared.observing.health import Health
from shared.observing.metrics import MOST, Measure

_PATIENCE_MS = 2_000
_oldest = Gauge(
    "agencynet_due_oldest_seconds",
    "How long the oldest row of due work has waited, of all replicas",
    ["service"],
)
_aside = Gauge(
    "agencynet_due_set_aside",
    f"Rows of due work that wait for an operator after three failures, out of up to {MOST}, of all replicas",
    ["service", "kind"],
)


def measure(service: str, kinds: Kinds, health: Health) -> Measure:
    """Samples it, and says in the detail of /readyz what was set aside: degraded, not unready."""

    async def sample(db: Database) -> None:
        now = datetime.now(UTC)
        due = await rows.oldest(db, list(kinds), now)
        _oldest.labels(service).set(max(0.0, (now - due).total_seconds()) if due else 0.0)
        aside = await rows.count_aside(db, MOST, _PATIENCE_MS)
        _aside.remove_by_labels({"service": service})
        for kind, number in aside.items():
            _aside.labels(service, kind).set(number)
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(aside.items()))
        health.notice("due work", f"set aside: {told}" if told else "")

    return sample
