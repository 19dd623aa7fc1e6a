"""What the service does when work is due: the jobs that transactions leave behind, and the timers."""

from datetime import datetime
from functools import partial

from services.events.handlers import reminders
from services.events.handlers.jobs import JOBS
from services.events.handlers.leaving import Bench
from services.events.handlers.settling import meetings_of
from services.events.settings import EventsSettings
from shared.due import Kind, Kinds, Work, timers
from shared.service import Service

_RUNG_AT_ONCE = 50


def due(service: Service) -> Kinds:
    settings = EventsSettings()
    ring = partial(reminders.ring, settings.meeting_address)
    return {
        **{name: Kind("jobs", beside=partial(_do, service, name)) for name in JOBS},
        # A thousand reminders must not stand in the way of one cancellation.
        timers.KIND: Kind(
            "timers", together=ring, at_once=_RUNG_AT_ONCE, per_second=settings.reminders_per_second
        ),
    }


async def _do(service: Service, name: str, work: Work) -> datetime | None:
    bench = Bench(work.mongo, meetings_of(service.app.state), work.now, work.moved)
    return await JOBS[name](bench, work.row)
