"""The post office: claims, senders, their writer, and what tells the others about it."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

from services.notify.handlers import deliveries, wrong_addresses
from services.notify.models import WholeMail
from services.notify.rules.blame import Evidence
from services.notify.settings import NotifySettings
from services.notify.store import notifications
from services.notify.store import wrong_addresses as store
from services.notify.worker.claiming import Claiming
from services.notify.worker.marks import Marks
from services.notify.worker.sending import Sender
from shared.moments import now_ms
from shared.mongo import Mongo
from shared.observing.health import Health
from shared.running.rounds import keep_looking

# Long enough for a mail under way, short enough for a restart.
_FINISH_SECONDS = 8.0
_IDLE = 0.2
_SELDOM = 2.0


async def send_mail(mongo: Mongo, settings: NotifySettings, health: Health, instance: str) -> None:
    """Send what is due until cancelled; then finish the mails under way, so that a restart leaves none in
    doubt, and give back the others.
    """
    progress = health.watch("mail", patience=settings.stuck_seconds)
    senders: list[Sender] = []
    marks = Marks(mongo, progress, lambda: sum(sender.busy for sender in senders))
    claiming = Claiming(mongo, settings, progress, instance)
    evidence: Evidence[WholeMail] = Evidence()
    senders += [Sender(settings, claiming, marks, progress, evidence) for _ in range(settings.senders)]
    writing = asyncio.create_task(marks.run(), name="marks")
    claimer = asyncio.create_task(claiming.run(), name="claims")
    sending = [asyncio.create_task(sender.run(), name="sender") for sender in senders]
    try:
        await _until_one_ends([writing, claimer, *sending])
    finally:
        claimer.cancel()
        for sender, task in zip(senders, sending, strict=True):
            if not sender.busy:
                task.cancel()
        await _finish(senders, sending)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await marks.flush()
        writing.cancel()
        await asyncio.gather(writing, claimer, *sending, return_exceptions=True)


async def _until_one_ends(tasks: list[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        await task
    raise RuntimeError("a part of the post office has ended")


async def _finish(senders: list[Sender], tasks: list[asyncio.Task[None]]) -> None:
    """Let every mail under way come to its end, and no further one begin."""
    deadline = asyncio.get_running_loop().time() + _FINISH_SECONDS
    while any(sender.busy for sender in senders) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
        for sender, task in zip(senders, tasks, strict=True):
            if not sender.busy:
                task.cancel()
    for task in tasks:
        task.cancel()


async def tell_of_addresses(mongo: Mongo, settings: NotifySettings, health: Health) -> None:
    """Tell agencies, once a day at most, of addresses that mails do not reach."""

    async def look() -> None:
        now = now_ms(datetime.now(UTC))
        gathered = now - timedelta(seconds=settings.gather_seconds)
        for agency in await store.agencies_to_tell(mongo.db, gathered, wrong_addresses.AGAIN):
            await mongo.transact(partial(wrong_addresses.tell, agency=agency, now=now))

    progress = health.watch("addresses")
    await keep_looking(mongo, progress, look, soon=_SELDOM, postponed="addresses.postponed")


async def tell_deliveries(mongo: Mongo, health: Health) -> None:
    """Announce what became of mails."""

    async def look() -> bool:
        waiting = await notifications.is_unannounced(mongo.db)
        return waiting and await mongo.transact(deliveries.announce) > 0

    progress = health.watch("deliveries")
    await keep_looking(mongo, progress, look, soon=_IDLE, postponed="deliveries.postponed")
