"""What is due: quotas that open, costs to settle, people whom a course has come to fit."""

from datetime import datetime

from services.courses.handlers import enrolments, recommendations, settlements
from shared.due import Kind, Kinds, Row
from shared.errors import Conflict, NotFound
from shared.mongo import Transaction


async def _open_quotas(tx: Transaction, row: Row, now: datetime) -> None:
    await enrolments.open_quotas(tx, row.data["occasion"], now)


async def _settle(tx: Transaction, row: Row, now: datetime) -> None:
    try:
        await settlements.settle(tx, row.data["occasion"], now)
    except (Conflict, NotFound):
        # Called off, gone with its agency, or moved: then the row has moved with it.
        return


async def _sweep(tx: Transaction, row: Row, now: datetime) -> datetime | None:
    return await recommendations.sweep(tx, row.data["course"], now)


async def _recommend(tx: Transaction, row: Row, now: datetime) -> None:
    await recommendations.recommend(tx, row.data["course"], row.data["person"], now)


KINDS: Kinds = {
    "open quotas": Kind("timers", inside=_open_quotas),
    "settle": Kind("timers", inside=_settle),
    "sweep": Kind("timers", inside=_sweep),
    "recommend": Kind("timers", inside=_recommend),
}
