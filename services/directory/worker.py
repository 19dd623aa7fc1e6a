"""What the directory does when work is due: a table of kind → handler."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from services.directory.agencies.handlers import agencies, coordinating, interruptions
from services.directory.agencies.store.coordinating import COORDINATOR_MAIL
from services.directory.groups.handlers import life as group_life
from services.directory.imports import worker as importer
from services.directory.intake.handlers import mass_leaves
from services.directory.intake.store import leaves
from services.directory.peers.handlers import lone
from services.directory.peers.store import lone as lone_store
from services.directory.people.handlers import claims
from services.directory.people.handlers.people import remerge_agency, say_last_words, turn_roles
from services.directory.people.store.claims import ADDRESS_CLAIMS
from services.directory.people.store.turns import LAST_WORDS, ROLE_TURN
from services.directory.practices import handlers as practices
from services.directory.privacy.handlers import departures, erasing, privacy
from services.directory.privacy.store import departures as departure_store
from services.directory.questions.handlers import asking, questions
from services.directory.upkeep.handlers import upkeep
from services.directory.upkeep.store.upkeep import CONFIRMATION, EDIT_DIGEST
from shared.consuming import interruptions as interruption_store
from shared.contracts.topics import staff_topic
from shared.due import Kind, Kinds, Row, Work, schedule
from shared.kafka import clients as kafka
from shared.moments import now_ms
from shared.mongo import Transaction
from shared.running import leases
from shared.running.rounds import keep_looking
from shared.service import Service

log = structlog.get_logger()
_LONE_TICK, _TICK = 0.2, 0.5
_OTHERS_ANSWER = timedelta(seconds=0.5)
_BETWEEN_PLANS = timedelta(hours=6)
_BETWEEN_COUNTS, _BETWEEN_LOOKS = timedelta(seconds=10), timedelta(seconds=2)
# What can wait for hours waits until a process that takes over has caught up: to look through everybody takes
# from the same database.
_SETTLED_IN = timedelta(seconds=60)
# A batch that began before an agency's declaration may add people by the old one after everybody was merged
# again; MongoDB ends transactions that are older than this.
_LONGEST_TRANSACTION = timedelta(seconds=70)
_COUNTED_FOR = timedelta(days=1)
_NO_INDEX_YET = timedelta(seconds=1)
_BY_PERSON: Mapping[str, Callable[[Transaction, str, datetime], Awaitable[None]]] = {
    LAST_WORDS: say_last_words,
    EDIT_DIGEST: upkeep.tell_of_edits,
    CONFIRMATION: upkeep.ask_whether_right,
}


def due(service: Service) -> Kinds:
    return {
        "import": importer.kind(service.app.state.clock),
        "question": Kind("timers", inside=partial(_take_step, service)),
        "practice": Kind("timers", inside=_remind),
        "group": Kind("timers", inside=_look_after),
        ROLE_TURN: Kind("timers", inside=_turn_roles),
        **{name: Kind("timers", inside=partial(_about, step)) for name, step in _BY_PERSON.items()},
        "lone review": Kind("lone specialists", beside=_settle_lone, soon=0.05),
        agencies.DECLARE_TOPIC: Kind("agency work", beside=partial(_declare_topic, service)),
        agencies.TELL_OF_MAILBOXES: Kind("agency work", inside=_tell_of_mailboxes),
        agencies.REMERGE: Kind("agency work", beside=_remerge),
        "remerge once more": Kind("agency work", beside=_remerge_once_more),
        "mass leave": Kind("mass leaves", beside=_settle_mass_leave),
        "interruptions": Kind("interruptions", beside=_find_interruptions, recurring=True),
        "interruption": Kind("interruptions", inside=_tell_of_interruptions),
        ADDRESS_CLAIMS: Kind("timers", inside=partial(_about, claims.tell_of_claims)),
        COORDINATOR_MAIL: Kind("timers", inside=partial(_about, coordinating.tell)),
        "held leave": Kind("mass leaves", inside=_settle_held_leave),
        "headcounts": Kind("mass leaves", beside=_find_uncounted, recurring=True),
        "headcount": Kind("mass leaves", inside=_count),
        "plan confirmations": Kind("profiles", beside=_plan, recurring=True, first_after=_SETTLED_IN),
        "retention": Kind(
            "retention", beside=erasing.begin_retention, recurring=True, first_after=_SETTLED_IN
        ),
        "retention of a class": Kind("retention", beside=erasing.let_outlived_go),
        "retention of a person": Kind("retention", beside=erasing.let_person_go),
        "departure": Kind("departures", beside=partial(_let_go, service)),
    }


def _id(row: Row) -> str:
    return row.subject.partition("/")[2]


async def _take_step(service: Service, tx: Transaction, row: Row, now: datetime) -> datetime | None:
    index = getattr(service.app.state, "search", None)
    if index is None:
        return now + _NO_INDEX_YET
    await questions.take_step(tx, _id(row), asking.specialists_in(index), now)
    return None


async def _remind(tx: Transaction, row: Row, now: datetime) -> None:
    await practices.remind(tx, _id(row), now)


async def _look_after(tx: Transaction, row: Row, now: datetime) -> None:
    await group_life.look_after(tx, _id(row), now)


async def _turn_roles(tx: Transaction, row: Row, now: datetime) -> None:
    await turn_roles(tx, _id(row), row.data["from"], now)


async def _about(
    step: Callable[[Transaction, str, datetime], Awaitable[None]], tx: Transaction, row: Row, now: datetime
) -> None:
    await step(tx, _id(row), now)


# --- who is alone -----------------------------------------------------------------------------------------


async def watch_feeds(service: Service) -> None:
    """Make the reviews due of each agency whose feed is quiet. Intake only inserts them: batches of one feed
    that all wrote to the agency's row would conflict.
    """

    async def look() -> bool:
        now = now_ms(service.app.state.clock())
        due, others_wait = await lone.due_reviews(service.mongo.db, now)
        if due:
            await lone_store.make_due(service.mongo.db, due, now)
            service.mongo.committed()
        if others_wait:
            # For a fraction of a second mostly, and nothing is committed when it is over.
            await asyncio.sleep(_LONE_TICK)
        return others_wait

    progress = service.health.watch("lone reviews")
    await keep_looking(service.mongo, progress, look, soon=_LONE_TICK, postponed="lone.review_postponed")


async def _settle_lone(work: Work) -> None:
    agency = _id(work.row)
    reviews = await lone_store.reviews_of(work.mongo.db, agency)
    if not reviews:
        return
    raised = await work.mongo.transact(lambda tx: lone.settle(tx, agency, reviews, work.now))
    log.info("lone.settled", agency=agency, raised=raised)


# --- what agencies' changes entail ------------------------------------------------------------------------


async def _declare_topic(service: Service, work: Work) -> None:
    await kafka.create_topics(service.settings, [staff_topic(_id(work.row))])


async def _tell_of_mailboxes(tx: Transaction, row: Row, now: datetime) -> None:
    await lone.tell_of_mailboxes(tx, _id(row), now)


async def _remerge(work: Work) -> None:
    await remerge_agency(work.mongo, _id(work.row))
    agency = _id(work.row)
    again = Row(
        f"remerge-once-more/{agency}", "remerge once more", work.row.subject, work.now + _LONGEST_TRANSACTION
    )
    await work.mongo.transact(lambda tx: schedule(tx, [again]))


async def _remerge_once_more(work: Work) -> None:
    await remerge_agency(work.mongo, _id(work.row))


async def _find_interruptions(work: Work) -> datetime:
    """Topics of agencies that are not as they should be, and whose coordinators have not heard."""
    found = await interruption_store.untold(work.mongo.db, work.now - leaves.GATHERED)
    rows = [
        Row(f"interruption/{topic}", "interruption", f"topic/{topic}", work.now)
        for topic in sorted({each["topic"] for each in found})
    ]
    if rows:
        await work.mongo.transact(lambda tx: schedule(tx, rows))
    return work.now + _BETWEEN_LOOKS


async def _tell_of_interruptions(tx: Transaction, row: Row, now: datetime) -> None:
    topic = _id(row)
    found = await interruption_store.untold(tx.db, now - leaves.GATHERED)
    mine = [each for each in found if each["topic"] == topic]
    if mine:
        await interruptions.tell_coordinators(tx, topic, mine, now)


# --- mass leaves ------------------------------------------------------------------------------------------


async def _find_uncounted(work: Work) -> datetime:
    """Agencies are counted again now and then, so that no count drifts for long."""
    found = await leaves.uncounted(work.mongo.db, work.now - _COUNTED_FOR)
    rows = [Row(f"headcount/{agency}", "headcount", f"agency/{agency}", work.now) for agency in found]
    if rows:
        await work.mongo.transact(lambda tx: schedule(tx, rows))
    return work.now + _BETWEEN_COUNTS


async def _count(tx: Transaction, row: Row, now: datetime) -> None:
    await leaves.count_anew(tx, agency=_id(row), now=now_ms(now))


async def _settle_mass_leave(work: Work) -> datetime | None:
    return await mass_leaves.settle(work, work.row.data["mass_leave"])


async def _settle_held_leave(tx: Transaction, row: Row, now: datetime) -> None:
    await mass_leaves.settle_one(tx, row.data["mass_leave"], _id(row), now)


# --- by the calendar --------------------------------------------------------------------------------------


async def _plan(work: Work) -> datetime:
    """Give everybody new a day on which they are asked whether their profile is right. Days are long: a few
    hours late is early enough.
    """
    planned = await upkeep.plan_questions(work.mongo, work.now)
    log.info("profiles.planned", people=planned)
    return work.now + _BETWEEN_PLANS


async def _let_go(service: Service, work: Work) -> datetime | None:
    """Make an archive, or take away what belonged to an agency that has left. All of it is idempotent; while
    the other services have not all answered, look again.
    """
    job = await departure_store.find(work.mongo.db, work.row.data["departure"])
    if job is None or not job["open"]:
        return None
    if job["state"] == "collecting":
        moved = await departures.gather(work.mongo, job, work.now)
    else:
        # First the feed, so that nothing of it is read any more.
        await kafka.empty_topics(service.settings, [staff_topic(job["agency"])])
        moved = await departures.take_away(work.mongo, job, work.now)
    if not moved:
        return work.now + _OTHERS_ANSWER
    log.info("departure.moved", agency=job["agency"], was=job["state"])
    return None


async def answer_privacy(service: Service) -> None:
    """The directory's own part of what is asked of every service, by one process at a time."""
    owner = leases.owner(service.mongo)

    async def look() -> bool:
        if not await leases.hold(service.mongo.db, "privacy", owner):
            return False
        return await privacy.work(service.mongo, service.app.state.clock())

    progress = service.health.watch("privacy")
    await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="privacy.postponed")
