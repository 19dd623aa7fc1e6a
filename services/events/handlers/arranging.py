"""A meeting is changed, cancelled, or gets another convenor."""

from collections.abc import Mapping
from typing import Any

from services.events import refusals
from services.events.handlers import access
from services.events.handlers.desk import Cause, Desk, Step, job
from services.events.models.documents import Meeting
from services.events.rules import meetings as meeting_rules
from services.events.rules import notices as notice_rules
from services.events.rules import seats
from services.events.store import participants, people
from shared.auth import Caller
from shared.errors import Invalid
from shared.mongo import Transaction
from shared.web.conditions import fits


def change(caller: Caller, revision: str, wanted: Mapping[str, Any], cause: Cause) -> Step:
    """`revision` is the one that the caller read (If-Match)."""

    async def act(desk: Desk) -> None:
        before = desk.meeting
        access.require_convenor(caller, before)
        if not fits(revision, before.revision):
            raise refusals.MeetingHasChanged(
                "Somebody has changed the meeting since you read it. Read it again."
            )
        if "convenor_id" in wanted:
            await require_convenor_exists(desk.tx, wanted["convenor_id"], before.convenor_agency)
        desk.meeting = meeting_rules.edit(before, wanted, cause.at)
        seats.serve_line(desk.room, cause.at)
        _tell_convenor(desk, cause, before, caller.person_id)
        if desk.meeting.sequence > before.sequence:
            desk.jobs.append(job("notify", before.id, cause))

    return Step(cause, act)


async def require_convenor_exists(tx: Transaction, person_id: str, agency: str) -> None:
    """
    Raises:
        Invalid: nobody of that id works at the agency.

    """
    person = (await people.load(tx.db, [person_id], tx)).get(person_id)
    if person is None or person.agency != agency or person.status != "active":
        raise Invalid(convenor_id=refusals.ConvenorIsUnknown(f"nobody of this id works at {agency}"))


def cancel(caller: Caller, cause: Cause) -> Step:
    async def act(desk: Desk) -> None:
        before = desk.meeting
        access.require_convenor(caller, before)
        desk.meeting = meeting_rules.cancel(before, cause.at)
        if desk.meeting is not before:
            desk.jobs.append(job("notify", before.id, cause))

    return Step(cause, act)


def hand_over(leaver_id: str, cause: Cause) -> Step:
    """The convenor leaves: another coordinator of the agency convenes it from now on."""

    async def act(desk: Desk) -> None:
        before = desk.meeting
        heir = await _coordinator(desk.tx, before.convenor_agency, but=leaver_id)
        desk.meeting = meeting_rules.hand_over(before, leaver_id, heir, cause.at)
        _tell_convenor(desk, cause, before)

    return Step(cause, act)


def find_host(cause: Cause) -> Step:
    """The convenor's agency has left: another that takes part convenes it from now on, or it is cancelled.

    The agency of most who come comes first, then of most who are invited; by name where they are as many. Its
    first coordinator who works there convenes.
    """

    async def act(desk: Desk) -> None:
        before = desk.meeting
        if before.state == "cancelled" or before.starts_at <= cause.at:
            return
        for agency in await participants.agencies_by_part(desk.tx, before.id):
            if agency == before.convenor_agency:
                continue
            if heir := await _coordinator(desk.tx, agency):
                desk.meeting = meeting_rules.take_over(before, agency, heir, cause.at)
                _tell_convenor(desk, cause, before)
                return
        desk.meeting = meeting_rules.cancel(before, cause.at)
        desk.jobs.append(job("notify", before.id, cause))

    return Step(cause, act)


async def _coordinator(tx: Transaction, slug: str, but: str = "") -> str | None:
    """The agency's first who works there."""
    agency = (await people.agencies(tx.db, [slug], tx)).get(slug)
    coordinators = [each for each in (agency.coordinators if agency else ()) if each != but]
    known = await people.load(tx.db, coordinators, tx)
    return next((each for each in coordinators if each in known and known[each].status == "active"), None)


def _tell_convenor(desk: Desk, cause: Cause, before: Meeting, by: str | None = None) -> None:
    if tell := notice_rules.of_convenor(before, desk.meeting, by):
        desk.tells.append((tell, cause.trace))
