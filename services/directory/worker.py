"""What is done after the commit: cards when the feed is quiet, and what agencies' changes entail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from pymongo.errors import PyMongoError

from services.directory.handlers import agencies as handlers
from services.directory.handlers import (
    asking,
    claims,
    coordinating,
    departures,
    erasing,
    group_life,
    interruptions,
    lone,
    mass_leaves,
    practices,
    privacy,
    questions,
    upkeep,
)
from services.directory.handlers.people import remerge_agency, say_last_words, turn_roles
from services.directory.store import agencies, leaves
from services.directory.store import departures as departure_store
from services.directory.store import group_life as group_store
from services.directory.store import practices as practice_store
from services.directory.store import questions as question_store
from services.directory.store import upkeep as upkeep_store
from shared import interruptions as interruption_store
from shared import kafka, leases
from shared.contracts.topics import staff_topic
from shared.mongo import Document, Mongo, Transaction
from shared.rounds import keep_looking
from shared.service import Service
from shared.web.fields import now_ms

log = structlog.get_logger()
_TICK = 0.5
_LONE_TICK = 0.2
_BETWEEN_PLANS = 6 * 3_600
# What can wait for hours waits until a process that takes over has caught up: to look through everybody takes
# from the same database.
_SETTLED_IN = 60.0
_DAY = 86_400
# A batch that began before an agency's declaration may add people by the old one after everybody was merged
# anew; MongoDB ends transactions that are older than this.
_LONGEST_TRANSACTION = timedelta(seconds=70)
_COUNTED_FOR = timedelta(days=1)
# What makes it a mass leave is seldom all of it: the mail says how many when the first rush is over.
_GATHERED = timedelta(seconds=20)


async def settle_lone(service: Service) -> None:
    """Several processes may do this: a review is settled in the transaction that takes it out."""

    async def look() -> bool:
        now = service.app.state.clock()
        due, others_wait = await lone.due_reviews(service.mongo.db, now)
        for agency, reviews in due.items():
            await _settle(service.mongo, agency, reviews, now)
        if others_wait:
            # For a fraction of a second mostly, and nothing is committed when it is over.
            await asyncio.sleep(_LONE_TICK)
        return others_wait

    progress = service.health.watch("lone specialists")
    await keep_looking(service.mongo, progress, look, soon=_LONE_TICK, postponed="lone.settling_postponed")


async def _settle(mongo: Mongo, agency: str, reviews: list[Document], now: datetime) -> None:
    async def work(tx: Transaction) -> int:
        return await lone.settle(tx, agency, reviews, now)

    try:
        raised = await mongo.transact(work)
    except lone.SettledElsewhere:
        return
    log.info("lone.settled", agency=agency, raised=raised)


async def keep_time(service: Service) -> None:
    """What is due by the clock. Several processes may do this: each step is taken in a transaction that looks
    whether it is still due.
    """

    async def look() -> None:
        if (index := getattr(service.app.state, "search", None)) is not None:
            await _keep_time(service, asking.specialists_in(index))

    progress = service.health.watch("timers")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="timers.postponed")


_BY_PERSON: dict[str, Callable[[Transaction, str, datetime], Awaitable[None]]] = {
    "role_turns": turn_roles,
    "last_words": say_last_words,
    "edit_digests": upkeep.tell_of_edits,
    "confirmations": upkeep.ask_whether_right,
    # By agency, not by person.
    "address_claims": claims.tell_of_claims,
    "coordinator_mails": coordinating.tell,
}


async def plan_questions(service: Service) -> None:
    """Give everybody new a day on which they are asked whether their profile is right. Days are long: a few
    hours late is early enough.
    """
    progress = service.health.watch("profiles")
    await asyncio.sleep(_SETTLED_IN)
    while True:
        try:
            planned = await upkeep.plan_questions(service.mongo.db, service.app.state.clock())
            log.info("profiles.planned", people=planned)
            pause = _BETWEEN_PLANS
        except PyMongoError as error:
            log.warning("profiles.postponed", error=type(error).__name__)
            pause = 10
        progress.moved()
        await asyncio.sleep(pause)


async def _keep_time(service: Service, specialists: asking.Specialists) -> None:
    now = service.app.state.clock()
    for question_id in await question_store.due(service.mongo.db, now):
        await service.mongo.transact(
            lambda tx, id_=question_id: questions.take_step(tx, id_, specialists, now)
        )
    for practice_id in await practice_store.due(service.mongo.db, now):
        await service.mongo.transact(lambda tx, id_=practice_id: practices.remind(tx, id_, now))
    for group_id in await group_store.due(service.mongo.db, now):
        await service.mongo.transact(lambda tx, id_=group_id: group_life.look_after(tx, id_, now))
    for collection, step in _BY_PERSON.items():
        for person_id in await upkeep_store.due(service.mongo.db, collection, now):
            await service.mongo.transact(lambda tx, id_=person_id, step=step: step(tx, id_, now))


async def keep_no_longer(service: Service) -> None:
    """Once a day what has been kept long enough is let go of. Idempotent, so several may do it."""
    progress = service.health.watch("retention", patience=2 * _DAY)
    await asyncio.sleep(_SETTLED_IN)
    while True:
        try:
            done = await erasing.keep_no_longer(service.mongo, service.app.state.clock(), dry_run=False)
            if any(done.values()):
                log.info("retention.enforced", **done)
            progress.moved()
            await asyncio.sleep(_DAY)
        except PyMongoError as error:
            progress.stuck(type(error).__name__)
            log.warning("retention.postponed", error=type(error).__name__)
            await asyncio.sleep(60)


async def answer_privacy(service: Service) -> None:
    """The directory's own part of what is asked of every service, by one process at a time."""
    owner = leases.owner(service.mongo)

    async def look() -> bool:
        if not await leases.hold(service.mongo.db, "privacy", owner):
            return False
        return await privacy.work(service.mongo, service.app.state.clock())

    progress = service.health.watch("privacy")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="privacy.postponed")


async def let_agencies_go(service: Service) -> None:
    """Archives are made and what belongs to agencies that have left is taken away, by one process at a time;
    all of it is idempotent.
    """
    owner = leases.owner(service.mongo)

    async def look() -> None:
        for job in await departure_store.to_do(service.mongo.db):
            if await leases.hold(service.mongo.db, "departures", owner):
                await _let_go(service, job)

    progress = service.health.watch("departures")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="departures.postponed")


async def _let_go(service: Service, job: Document) -> None:
    now = service.app.state.clock()
    if job["state"] == "collecting":
        moved = await departures.gather(service.mongo, job, now)
    else:
        # First the feed, so that nothing of it is read any more.
        await kafka.empty_topics(service.settings, [staff_topic(job["agency"])])
        moved = await departures.take_away(service.mongo, job, now)
    if moved:
        log.info("departure.moved", agency=job["agency"], was=job["state"])


async def do_agency_work(service: Service) -> None:
    """Declare feeds' topics, merge agencies' people anew, tell of mailboxes. All of it is idempotent; the
    lease only saves the work of doing it twice.
    """
    owner = leases.owner(service.mongo)

    async def look() -> None:
        for work in await agencies.work_to_do(service.mongo.db, service.app.state.clock()):
            if await leases.hold(service.mongo.db, "agency-work", owner):
                await _do(service, work)

    progress = service.health.watch("agency work")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="agency_work.postponed")


async def _do(service: Service, work: Document) -> None:
    db, clock = service.mongo.db, service.app.state.clock
    if work["what"] == handlers.DECLARE_TOPIC:
        await kafka.create_topics(service.settings, [staff_topic(work["agency"])])
        await agencies.work_is_done(db, work)
    elif work["what"] == handlers.TELL_OF_MAILBOXES:
        await service.mongo.transact(lambda tx: lone.tell_of_mailboxes(tx, work["agency"], clock()))
        await agencies.work_is_done(db, work)
    elif work["what"] == handlers.REMERGE:
        await remerge_agency(service.mongo, work["agency"])
        if work.get("last"):
            await agencies.work_is_done(db, work)
        else:
            await agencies.work_once_more(db, work, clock() + _LONGEST_TRANSACTION)
    log.info("agency_work.done", what=work["what"], agency=work["agency"])


async def settle_mass_leaves(service: Service) -> None:
    """Tell coordinators, do what they decided, and count agencies anew so that no count drifts for long."""

    async def look() -> None:
        now = service.app.state.clock()
        for agency in await leaves.uncounted(service.mongo.db, now - _COUNTED_FOR):
            await service.mongo.transact(partial(leaves.count_anew, agency=agency, now=now_ms(now)))
        await _settle_mass_leaves(service.mongo, now)

    progress = service.health.watch("mass leaves")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="mass_leaves.postponed")


async def _settle_mass_leaves(mongo: Mongo, now: datetime) -> None:
    under_way: dict[str, mass_leaves.Decision] = {
        state: decision for decision, (state, _) in mass_leaves.DECIDED.items()
    }
    for held in await leaves.in_state(mongo.db, ["open", *under_way]):
        if decision := under_way.get(held["state"]):
            work = partial(mass_leaves.carry_out, id_=held["_id"], decision=decision, now=now)
            while await mongo.transact(work):
                pass
            log.info("mass_leave.settled", agency=held["agency"], id=held["_id"], decision=decision)
        elif (
            not held["told"]
            and held["opened_at"] <= now - _GATHERED
            and await mongo.transact(partial(mass_leaves.tell, id_=held["_id"]))
        ):
            log.info("mass_leave.told", agency=held["agency"], id=held["_id"])


async def tell_of_interruptions(service: Service) -> None:
    """Coordinators of agencies whose topics are not as they should be. A second process that tells the same
    meets a conflict, and then finds it told.
    """

    async def look() -> None:
        now = service.app.state.clock()
        untold: dict[str, list[Document]] = {}
        for each in await interruption_store.untold(service.mongo.db, now - _GATHERED):
            untold.setdefault(each["topic"], []).append(each)
        for topic, found in untold.items():
            work = partial(interruptions.tell_coordinators, topic=topic, found=found, now=now)
            await service.mongo.transact(work)
            log.info("interruptions.told", topic=topic, count=len(found))

    progress = service.health.watch("interruptions")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="interruptions.postponed")
