"""Somebody is erased, or an agency leaves: what is left of their courses (docs/decisions/0024)."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from services.courses import store
from services.courses.handlers import occasions as occasion_handlers
from services.courses.handlers.staff import release
from services.courses.models.documents import Enrolment, Occasion, enrolment_id
from services.courses.store import privacy
from shared.contracts.topics import (
    COURSES_ENROLMENTS,
    COURSES_OCCASIONS,
    COURSES_PRIVACY,
    COURSES_SETTLEMENTS,
)
from shared.mongo import Mongo, Transaction
from shared.observing import trace
from shared.privacy import burials
from shared.privacy.classes import Whom
from shared.privacy.texts import Texts
from shared.privacy.worker import Holdings
from shared.publishing import outbox
from shared.service import Service

_AT_ONCE = 50


async def _erase(service: Service, whom: Whom, now: datetime) -> None:
    mongo = service.mongo
    for person_id in whom.people:
        await mongo.transact(lambda tx, id_=person_id: release(tx, {id_: trace.current()}, now))
        while await mongo.transact(partial(_anonymise, person_id=person_id, now=now)):
            pass
        await mongo.transact(partial(privacy.forget_sweeps, people=[person_id]))
    if whom.whole:
        await _let_agency_go(mongo, whom.agency, now)


async def _anonymise(tx: Transaction, person_id: str, now: datetime) -> bool:
    """Each enrolment gives way to one of nobody in particular, so that costs and figures stay; each to
    another, so that nobody can tell which of them belong together. Tells whether there may be more.
    """
    found = await store.enrolments.any_of(tx, person_id, _AT_ONCE)
    after = [_anonymous(one) for one in found]
    await _remove(tx, found, now)
    await store.enrolments.save(tx, after)
    for one in after:
        outbox.announce(tx, COURSES_ENROLMENTS, one.published())
    return len(found) == _AT_ONCE


def _anonymous(enrolment: Enrolment) -> Enrolment:
    nobody = str(uuid.uuid4())
    id_ = enrolment_id(enrolment.occasion_id, nobody)
    return enrolment.model_copy(update={"id": id_, "person_id": nobody, "version": 1})


async def _remove(tx: Transaction, enrolments: list[Enrolment], now: datetime) -> None:
    await store.enrolments.remove(tx, [one.id for one in enrolments])
    gone = {one.id: one.version + 1 for one in enrolments}
    await burials.erased(tx, COURSES_ENROLMENTS, "enrolments", gone, now)


async def _let_agency_go(mongo: Mongo, agency: str, now: datetime) -> None:
    """What it was to hold is called off: another can't be made to teach it. What only its own people took
    part in goes; what others paid for stays, with the settlement.
    """
    last = ""
    while found := await store.occasions.hosted_by(mongo.db, agency, last, _AT_ONCE):
        last = found[-1].id
        for occasion in found:
            if await store.enrolments.has_others(mongo.db, occasion.id, agency):
                await mongo.transact(partial(_call_off, occasion_id=occasion.id, now=now))
                continue
            while await mongo.transact(partial(_remove_enrolments, occasion_id=occasion.id, now=now)):
                pass
            await mongo.transact(partial(_remove_occasion, occasion=occasion, now=now))
    for course_id in await store.courses.of_agency(mongo.db, agency):
        await mongo.transact(partial(_remove_course, course_id=course_id))


async def _call_off(tx: Transaction, occasion_id: str, now: datetime) -> None:
    occasion = await store.occasions.load(tx, occasion_id)
    if occasion and not occasion.begun(now):
        await occasion_handlers.call_off_for_good(tx, occasion, now)


async def _remove_enrolments(tx: Transaction, occasion_id: str, now: datetime) -> bool:
    found = await store.enrolments.of_occasion(tx, occasion_id, _AT_ONCE)
    await _remove(tx, found, now)
    return len(found) == _AT_ONCE


async def _remove_occasion(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    await store.occasions.remove(tx, occasion.id)
    await burials.erased(tx, COURSES_OCCASIONS, "occasions", {occasion.id: occasion.version + 1}, now)
    if settlement := await store.settlements.load(tx, occasion.id):
        await store.settlements.remove(tx, settlement.id)
        gone = {settlement.id: settlement.version + 1}
        await burials.erased(tx, COURSES_SETTLEMENTS, "settlements", gone, now)


async def _remove_course(tx: Transaction, course_id: str) -> None:
    if not await privacy.course_is_used(tx, course_id):
        await store.courses.remove(tx, course_id)


def holdings(texts: Sequence[Texts]) -> Holdings:
    """With the texts in which somebody may be named."""
    return Holdings(topic=COURSES_PRIVACY, classes=privacy.CLASSES, texts=texts, erase=_erase)
