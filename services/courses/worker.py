"""Timers: quotas that open, costs to settle, people whom a course has come to fit.

Nothing is remembered here: what is due stands in the database, and whoever comes first does it. A process
that dies in the middle leaves it due.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import structlog

from services.courses.handlers import enrolments, recommendations, settlements
from shared.errors import Conflict
from shared.mongo import Mongo, Transaction
from shared.rounds import keep_looking
from shared.service import Service

log = structlog.get_logger()
_EVERY = 1.0
Work = Callable[[Transaction], Awaitable[object]]


async def run(service: Service) -> None:
    async def look() -> None:
        await tick(service.mongo, service.app.state.clock())

    progress = service.health.watch("timers")
    await keep_looking(service.mongo, progress, look, soon=_EVERY, postponed="timers.postponed")


async def tick(mongo: Mongo, now: datetime) -> None:
    """All that is due at `now`, each in its own transaction."""
    for id_ in await enrolments.due(mongo.db, now):
        if await mongo.transact(partial(enrolments.open_quotas, occasion_id=id_, now=now)):
            log.info("quotas.opened", occasion=id_)
    for id_ in await settlements.due(mongo.db, now):
        await _settle(mongo, id_, now)
    for id_ in await recommendations.due(mongo.db, now):
        while await mongo.transact(partial(recommendations.sweep, course_id=id_, now=now)):
            log.info("sweep.continued", course=id_)


async def _settle(mongo: Mongo, occasion_id: str, now: datetime) -> None:
    try:
        await mongo.transact(partial(settlements.settle, occasion_id=occasion_id, now=now))
    except Conflict:
        # Called off, or moved, since it was found due.
        return
    log.info("cost.settled", occasion=occasion_id)
