"""A service answers: it counts, gives out or erases what it holds, and says that it has.

Everything may be done twice, and stop in the middle: a request is answered when its last piece is announced,
in the transaction that notes it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from shared.contracts.privacy import ClassCount, Mention, PrivacyAnswer, PrivacyRequest, Wanted
from shared.contracts.topics import Topic
from shared.moments import now_ms
from shared.mongo import Document, Mongo, Transaction
from shared.privacy import burials, classes, following, sealing, texts
from shared.privacy.classes import RecordClass, Whom
from shared.privacy.texts import Texts
from shared.publishing import outbox
from shared.running import leases
from shared.running.rounds import keep_looking
from shared.service import Service

log = structlog.get_logger()
_TICK = 0.2
_SOON = timedelta(seconds=0.5)
_LONGEST_PAUSE = timedelta(hours=1)
_SET_ASIDE = 3
# People that are erased in one transaction.
_AT_ONCE = 20
Erase = Callable[[Service, Whom, datetime], Awaitable[None]]


async def _nothing(_service: Service, _whom: Whom, _now: datetime) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a service holds: where it answers, its classes, the texts in which somebody may be named, and how
    it erases what takes more than the table says.
    """

    topic: Topic
    classes: Sequence[RecordClass]
    texts: Sequence[Texts] = ()
    erase: Erase = _nothing


def answering(holdings: Holdings) -> Callable[[Service], Any]:
    """The worker of a service that holds these."""

    async def answer(service: Service) -> None:
        owner = leases.owner(service.mongo)
        progress = service.health.watch("privacy")

        async def look() -> None:
            now = now_ms(service.app.state.clock())
            await burials.bury(service.mongo, now, texts.sources(holdings.texts))
            asked = await following.to_answer(service.mongo.db)
            # Longer than anything is on its way between services that run; one that was down catches up
            # before it answers.
            patience = timedelta(seconds=service.settings.erased_again_seconds)
            again = await following.once_more(service.mongo.db, patience)
            if not (asked or again) or not await leases.hold(service.mongo.db, "privacy", owner):
                return
            for request in asked:
                await _attempt(service, holdings, request, now)
            for each in again:
                await _take_out(service, holdings, each.wanted)
                await _erase(service, holdings, each.whom, now)
                await following.forget(service.mongo.db, each.id)

        await keep_looking(service.mongo, progress, look, soon=_TICK, postponed="privacy.postponed")

    return answer


async def _attempt(service: Service, holdings: Holdings, request: PrivacyRequest, now: datetime) -> None:
    db = service.mongo.db
    if request.kind == "erasure" and await following.awaits_word(db, request):
        await following.put_off(db, request, _SOON)
        return
    try:
        await _answer(service, holdings, request, now)
    except (PyMongoError, TimeoutError):
        raise
    except Exception as error:
        # The others' go on; a request that fails for good is shown by the directory as unanswered.
        failures = await following.count_failure(db, request)
        pause = timedelta(seconds=2**failures) if failures < _SET_ASIDE else _LONGEST_PAUSE
        await following.put_off(db, request, pause)
        log.exception("privacy.failed", request=request.id, failures=failures, error=type(error).__name__)
        return
    log.info("privacy.answered", request=request.id, kind=request.kind)


async def _answer(service: Service, holdings: Holdings, request: PrivacyRequest, now: datetime) -> None:
    mongo = service.mongo
    whom = Whom(request.agency, tuple(each.id for each in request.people), request.whole)
    told = [
        ClassCount(
            name=each.name,
            sv=each.sv,
            en=each.en,
            records=await classes.count(mongo.db, each, whom),
            action=each.action,
        )
        for each in holdings.classes
    ]
    attempt, pieces = str(uuid_utils.uuid7()), 0
    say = partial(_say, holdings=holdings, request=request, attempt=attempt)
    if request.kind == "export" and request.key:
        rows = _rows(mongo, holdings, whom)
        async for sealed in sealing.sealed(rows, request.key):
            await mongo.transact(partial(say, piece=pieces, sealed=sealed))
            pieces += 1
    mentions: tuple[Mention, ...] = ()
    if request.kind == "erasure":
        # First: what the erasure tells others quotes titles, and should quote them without the name.
        mentions = await _take_out(service, holdings, request.wanted)
        await _erase(service, holdings, whom, now)
    elif request.kind == "count" and request.wanted:
        mentions = await texts.look(mongo, _texts(holdings), request.wanted, redact=False)
    await mongo.transact(
        partial(say, piece=pieces, last=True, classes=tuple(told), mentions=mentions[:_MOST_MENTIONS])
    )


_MOST_MENTIONS = 1_000


async def _take_out(service: Service, holdings: Holdings, wanted: Wanted | None) -> tuple[Mention, ...]:
    """Their name, from what others wrote."""
    return await texts.look(service.mongo, _texts(holdings), wanted, redact=True) if wanted else ()


def _texts(holdings: Holdings) -> Sequence[Texts]:
    return (*holdings.texts, texts.ANSWERS)


async def _say(
    tx: Transaction, *, holdings: Holdings, request: PrivacyRequest, attempt: str, piece: int, **said: Any
) -> None:
    answer = PrivacyAnswer(
        request_id=request.id,
        request_version=request.version,
        attempt=attempt,
        piece=piece,
        **said,
    )
    outbox.tell(
        tx,
        holdings.topic,
        answer,
        key=request.id,
        # After the pieces before it, and those of an earlier attempt.
        version=now_ms_of(attempt) * 100_000 + piece,
        message_id=f"{attempt}.{piece}",
    )
    if answer.last:
        await following.mark_answered(tx, request)


def now_ms_of(attempt: str) -> int:
    """The time in a UUIDv7, in milliseconds."""
    return uuid_utils.UUID(attempt).timestamp


async def _rows(mongo: Mongo, holdings: Holdings, whom: Whom) -> AsyncIterator[tuple[str, Document]]:
    for each in holdings.classes:
        query = each.query(whom)
        if query is None:
            continue
        async for row in mongo.db[each.collection].find(query):
            yield each.name, {name: value for name, value in row.items() if name not in each.hidden}


async def _erase(service: Service, holdings: Holdings, whom: Whom, now: datetime) -> None:
    """Idempotent. First what takes steps, then what the table says, so many people at a time."""
    await holdings.erase(service, whom, now)
    portions = [whom.people[start : start + _AT_ONCE] for start in range(0, len(whom.people), _AT_ONCE)]
    for people in portions:
        await service.mongo.transact(partial(_by_table, holdings=holdings, whom=Whom(whom.agency, people)))
    if whom.whole:
        await service.mongo.transact(
            partial(_by_table, holdings=holdings, whom=Whom(whom.agency, whole=True))
        )


async def _by_table(tx: Transaction, holdings: Holdings, whom: Whom) -> None:
    for each in holdings.classes:
        if not each.special:
            await classes.erase(tx, each, whom)
