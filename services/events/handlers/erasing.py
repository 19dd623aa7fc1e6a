"""Somebody is erased, or an agency leaves: what is left of their meetings (docs/decisions/0024)."""

import uuid
from datetime import datetime
from functools import partial

from services.events.handlers import arranging, states
from services.events.handlers.desk import Cause
from services.events.handlers.leaving import Bench, leave_everything
from services.events.handlers.settling import meetings_of
from services.events.models.documents import Meeting, participant_id
from services.events.rules.meetings import unnamed
from services.events.store import meetings, participants, privacy
from shared import due
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS, EVENTS_PRIVACY
from shared.errors import NotFound
from shared.mongo import Mongo, Transaction
from shared.observing import trace
from shared.privacy import burials
from shared.privacy.classes import Whom
from shared.privacy.texts import Texts
from shared.privacy.worker import Holdings
from shared.publishing import outbox
from shared.service import Service

_AT_ONCE = 50


async def erase(service: Service, whom: Whom, now: datetime) -> None:
    mongo = service.mongo
    bench = Bench(mongo, meetings_of(service.app.state), now)
    for person_id in whom.people:
        if failures := await leave_everything(bench, person_id, trace.current()):
            # The request comes again; what they took part in without trouble they have left.
            raise failures[0]
        await mongo.transact(partial(privacy.forget_jobs, person_id=person_id))
        while await mongo.transact(partial(_anonymise, person_id=person_id, now=now)):
            pass
        while await mongo.transact(partial(_unname, person_id=person_id, now=now)):
            pass
    if whom.whole:
        await _let_agency_go(mongo, bench, whom.agency)


async def _anonymise(tx: Transaction, person_id: str, now: datetime) -> bool:
    """Each participation gives way to one of nobody in particular, so that the figures stay; each to another,
    so that nobody can tell which of them belong together. Tells whether there may be more.
    """
    found = await participants.any_of(tx, person_id, _AT_ONCE)
    if not found:
        return False
    nobodies = [uuid.uuid4() for _ in found]
    after = [
        one.model_copy(
            update={"id": participant_id(one.meeting_id, str(nobody)), "person_id": str(nobody), "version": 1}
        )
        for one, nobody in zip(found, nobodies, strict=True)
    ]
    ids = [one.id for one in found]
    await participants.remove(tx, ids)
    await participants.save(tx, after)
    await privacy.shorten_cursors(tx, ids)
    for one in after:
        outbox.announce(tx, EVENTS_ATTENDANCE, states.attendance(one))
    gone = {one.id: one.version + 1 for one in found}
    await burials.erased(tx, EVENTS_ATTENDANCE, "participants", gone, now)
    return len(found) == _AT_ONCE


async def _unname(tx: Transaction, person_id: str, now: datetime) -> bool:
    """Meetings that they convened, past and cancelled ones, and coming ones that nobody has taken over
    yet.
    """
    found = await meetings.ever_convened_by(tx, person_id, _AT_ONCE)
    for meeting in found:
        after = unnamed(meeting)
        await meetings.save(tx, meeting, after)
        if state := states.meeting(after):
            outbox.announce(tx, EVENTS_MEETINGS, state)
            await burials.repeat(tx, states.SOURCES[0], after.id, now)
    return len(found) == _AT_ONCE


async def _let_agency_go(mongo: Mongo, bench: Bench, agency: str) -> None:
    """Coming meetings get another host or are cancelled. What only the agency's own people took part in goes;
    what others took part in is theirs as well, and stays.
    """
    last = ""
    while found := await meetings.of_agency(mongo.db, agency, last, _AT_ONCE):
        last = found[-1].id
        for meeting in found:
            if await participants.has_others(mongo.db, meeting.id, agency):
                await _find_host(bench, meeting)
                continue
            while await mongo.transact(partial(_remove_participants, meeting_id=meeting.id, now=bench.now)):
                pass
            await mongo.transact(partial(_remove, meeting=meeting, now=bench.now))


async def _find_host(bench: Bench, meeting: Meeting) -> None:
    try:
        await bench.meetings.book(meeting.id, arranging.find_host(Cause(bench.now, trace.current())))
    except NotFound:
        return


async def _remove_participants(tx: Transaction, meeting_id: str, now: datetime) -> bool:
    found = await participants.of_meeting(tx, meeting_id, _AT_ONCE)
    await participants.remove(tx, [one.id for one in found])
    gone = {one.id: one.version + 1 for one in found}
    await burials.erased(tx, EVENTS_ATTENDANCE, "participants", gone, now)
    return len(found) == _AT_ONCE


async def _remove(tx: Transaction, meeting: Meeting, now: datetime) -> None:
    await meetings.remove(tx, meeting.id)
    await due.cancel_of(tx, [f"meeting/{meeting.id}"])
    if meeting.is_announced:
        gone = {meeting.id: meeting.version + 1}
        await burials.erased(tx, EVENTS_MEETINGS, "meetings", gone, now)


HOLDINGS = Holdings(
    topic=EVENTS_PRIVACY,
    classes=privacy.CLASSES,
    texts=[Texts("meetings", "meeting", ("title", "place"), states.SOURCES[0])],
    erase=erase,
)
