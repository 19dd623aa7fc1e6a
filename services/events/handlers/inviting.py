"""Who is on a meeting's list, and what they are told and given by and by."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.events import refusals
from services.events.handlers import access
from services.events.handlers.desk import AT_ONCE, Cause, Desk, Step, job
from services.events.models.documents import Meeting
from services.events.rules import meetings as meeting_rules
from services.events.rules import notices as notice_rules
from services.events.rules import seats
from services.events.rules.audience import is_empty
from services.events.store import people
from shared.auth import Caller

# By then every transaction that was under way when the list was frozen has ended.
_FIRST_SWEEP = timedelta(minutes=3)


def freeze(caller: Caller, cause: Cause) -> Step:
    """Freeze the list and have everybody on it invited."""

    async def act(desk: Desk) -> None:
        meeting = desk.meeting
        access.require_convenor(caller, meeting)
        if meeting.state == "invited":
            return
        if is_empty(meeting.audience):
            raise refusals.AudienceIsEmpty(
                "The audience is empty, so it reaches nobody. Say whom the meeting is for."
            )
        listed = await people.ids(desk.tx.db, meeting.audience, local_day(meeting, cause.at), desk.tx)
        if not listed:
            raise refusals.AudienceReachesNobody
        desk.meeting = meeting_rules.invite(meeting, len(listed), cause.at)
        _schedule_invitations(desk, listed, cause)

    return Step(cause, act)


def _schedule_invitations(desk: Desk, listed: list[str], cause: Cause) -> None:
    for number, start in enumerate(range(0, len(listed), AT_ONCE)):
        page = job("invite", desk.meeting.id, cause)
        data = {"people": listed[start : start + AT_ONCE]}
        desk.jobs.append(replace(page, id=f"{page.id}/{number}", data=data))
    desk.jobs.append(replace(job("sweep", desk.meeting.id, cause), due=cause.at + _FIRST_SWEEP))


def local_day(meeting: Meeting, at: datetime) -> date:
    """The day that it is where the meeting is."""
    return at.astimezone(ZoneInfo(meeting.zone)).date()


def invite(invited: tuple[str, ...], cause: Cause, *, late: bool) -> Step:
    async def act(desk: Desk) -> None:
        held = await people.hold(desk.tx, list(invited), cause.at)
        for person_id, person in sorted(held.items()):
            seats.invite(desk.room, person_id, person.agency, cause.at, late=late)

    return Step(cause, act, people=invited)


def leave(person_id: str, cause: Cause) -> Step:
    async def act(desk: Desk) -> None:
        if departure := seats.leave(desk.room, person_id, cause.at):
            desk.departures.append((departure, cause.trace))

    return Step(cause, act, people=(person_id,))


def tell_changes(cause: Cause) -> Step:
    """Tell some of those who have not been told of the latest change."""

    async def act(desk: Desk) -> None:
        for person_id in desk.untold:
            participant = desk.room.participants[person_id]
            if tell := notice_rules.of_meeting(desk.meeting, participant):
                desk.tells.append((tell, cause.trace))
                desk.room.put(participant.model_copy(update={"told_sequence": desk.meeting.sequence}))

    return Step(cause, act, untold=True, more=lambda desk: len(desk.untold) == AT_ONCE)


def serve_line(cause: Cause) -> Step:
    """Go on giving free seats to the line."""

    async def act(desk: Desk) -> None:
        seats.serve_line(desk.room, cause.at)

    return Step(cause, act, more=lambda desk: desk.room.unpromoted)
