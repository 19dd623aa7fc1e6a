"""Does the jobs that transactions leave behind, one at a time in each process, and rings the timers."""

from datetime import timedelta
from functools import partial

import structlog
from pymongo.errors import PyMongoError

from services.events.handlers import jobs as handlers
from services.events.handlers import reminders
from services.events.handlers.settling import meetings_of
from services.events.models.documents import Job
from services.events.settings import EventsSettings
from services.events.store import jobs
from shared import failpoints, timers, trace
from shared.errors import NotFound
from shared.rounds import keep_looking
from shared.service import Service
from shared.web.fields import now_ms

log = structlog.get_logger()
_IDLE = 0.2
_LONGEST_PAUSE = timedelta(minutes=10)


async def do_jobs(service: Service) -> None:
    """For as long as the service lives. A job that fails waits, ever longer, while the others go on."""

    async def look() -> bool:
        now = now_ms(service.app.state.clock())
        job = await jobs.claim(service.mongo.db, service.settings.instance, now)
        if job is None:
            return False
        failpoints.passing("job.claimed")
        await _do(service, job)
        return True

    progress = service.health.watch("jobs")
    await keep_looking(service.mongo, progress, look, soon=_IDLE, postponed="jobs.postponed")


async def _do(service: Service, job: Job) -> None:
    trace.begin(job.correlation, job.parent)
    now = now_ms(service.app.state.clock())
    bench = handlers.Bench(service.mongo.db, meetings_of(service.app.state), now)
    try:
        again = await handlers.run(bench, job)
    except NotFound:
        again = None
    except (PyMongoError, TimeoutError):
        raise
    except Exception as error:
        pause = min(_LONGEST_PAUSE, timedelta(seconds=2 ** min(job.attempts, 10)))
        log.exception("job.failed", job=job.kind, attempts=job.attempts, error=type(error).__name__)
        await jobs.postpone(service.mongo.db, job, now + pause)
        return
    failpoints.passing("job.worked")
    if again:
        await jobs.postpone(service.mongo.db, job, again)
    else:
        await jobs.done(service.mongo.db, job)
    failpoints.passing("job.done")
    log.info("job.done", job=job.kind)


async def remind(service: Service) -> None:
    """For as long as the service lives."""
    settings = EventsSettings()
    await timers.follow(
        service.mongo,
        lambda: now_ms(service.app.state.clock()),
        service.health.watch("timers"),
        partial(reminders.ring, settings.meeting_address),
        per_second=settings.reminders_per_second,
        instance=service.settings.instance,
    )
