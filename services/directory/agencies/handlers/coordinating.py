"""What waits for an agency's coordinators, told in one mail a day at most."""

from collections.abc import Iterable
from datetime import datetime

from services.directory.agencies.store import agencies
from services.directory.agencies.store import coordinating as store
from services.directory.days import today
from services.directory.worktime import next_morning
from shared.contracts.notify import CoordinatorTasks, Request
from shared.moments import now_ms
from shared.mongo import Transaction
from shared.publishing import outbox

KIND = "directory.coordinator_tasks"


async def plan(tx: Transaction, agency: str, now: datetime) -> None:
    """Something new waits: the coordinators hear of it next morning, with all else that waits then."""
    await store.plan(tx, agency, now_ms(next_morning(now)))


async def tell(tx: Transaction, agency: str, now: datetime) -> None:
    """Nothing is told if it has been done, or if nothing waits any more."""
    if await store.take(tx, agency, now) is None:
        return
    found = await agencies.load(tx, agency)
    coordinators: Iterable[str] = found["coordinators"] if found else ()
    if not coordinators:
        return
    waiting = await store.waiting(tx.db, agency)
    if not any(waiting.values()):
        return
    tasks = CoordinatorTasks(agency=agency, **waiting)
    for coordinator in coordinators:
        request = Request(
            person_id=coordinator,
            kind=KIND,
            subject=f"agency/{agency}",
            subject_version=today(now).toordinal(),
            data=tasks.model_dump(mode="json"),
            not_after=now_ms(next_morning(now)),
        )
        outbox.request(tx, request)
