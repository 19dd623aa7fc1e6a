"""/meetings and /audiences."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.events import refusals
from services.events.api.common import CALENDAR, PREFIX, Because, Book, calendar_answer
from services.events.handlers import arranging, calendars, inviting, meetings
from services.events.models.api import (
    AudienceBody,
    InvitationsView,
    MeetingBody,
    MeetingPatch,
    MeetingView,
    PreviewView,
    When,
)
from services.events.models.documents import MeetingQuery, MeetingState
from shared.auth import Caller
from shared.contracts.events import Kind
from shared.mongo import Transaction
from shared.web.conditions import IfMatch
from shared.web.fields import Id, Page, etag
from shared.web.needs import Db, Now, Once, Pages
from shared.web.policy import Bearer

router = APIRouter(prefix=PREFIX, tags=["meetings"])
Reader = Annotated[Caller, Depends(Bearer("events:read", people=True))]
Writer = Annotated[Caller, Depends(Bearer("events:write", people=True))]
Moment = Annotated[When | None, Query(examples=["2027-03-01T00:00:00Z"])]


@router.get("/meetings", summary="Meetings by start / Möten efter starttid")
async def list_meetings(
    db: Db,
    caller: Reader,
    paging: Pages,
    starts_from: Moment = None,
    starts_before: Moment = None,
    kind: Kind | None = None,
    state: MeetingState | None = None,
    latest_first: Annotated[bool, Query(description="Instead of last / I stället för sist")] = False,
) -> Page[MeetingView]:
    """What has been announced to the network, and one's own drafts. / Det som gått ut, och egna utkast."""
    wanted = MeetingQuery(
        starts_from=starts_from,
        starts_before=starts_before,
        kind=kind,
        state=state,
        latest_first=latest_first,
    )
    return Page[MeetingView](**await meetings.list_meetings(db, caller, wanted, paging))


@router.post("/meetings", status_code=201, summary="Create a draft / Skapa ett utkast")
async def create_meeting(now: Now, once: Once, caller: Writer, body: MeetingBody) -> MeetingView:
    """Nobody is told until invitations are sent. / Ingen får veta något förrän inbjudan skickas."""

    async def work(tx: Transaction) -> MeetingView:
        return await meetings.create_meeting(tx, caller, body, now)

    return await once(caller, work)  # pyright: ignore[reportReturnType] – answered as it is kept


@router.get("/meetings/{meeting_id}", summary="A meeting / Ett möte")
async def get_meeting(db: Db, response: Response, caller: Reader, meeting_id: Id) -> MeetingView:
    meeting = await meetings.seen_meeting(db, caller, meeting_id)
    response.headers["ETag"] = etag(meeting.revision)
    return meetings.view(meeting)


@router.patch("/meetings/{meeting_id}", summary="Change or move a meeting / Ändra eller flytta ett möte")
async def change_meeting(
    cause: Because,
    book: Book,
    response: Response,
    caller: Writer,
    meeting_id: Id,
    body: MeetingPatch,
    if_match: IfMatch = None,
) -> MeetingView:
    """Those who take part are told of what their calendars show. The ETag changes with what its convenor
    changes, not with every seat. / De som deltar får veta det som kalendern visar.
    """
    if if_match is None:
        raise refusals.MeetingEditionIsMissing(
            "Send If-Match with the ETag that you read, so that no change is lost."
        )
    wanted = body.wanted()
    if "audience" in wanted:
        wanted["audience"] = meetings.audience_of(body.audience)
    if "reminders" in wanted:
        wanted["reminders"] = meetings.reminders_of(body.reminders)
    step = arranging.change(caller, if_match, wanted, cause)
    outcome = await book(meeting_id, step)
    response.headers["ETag"] = etag(outcome.meeting.revision)
    return meetings.view(outcome.meeting)


@router.post("/meetings/{meeting_id}/cancellation", summary="Cancel / Ställ in")
async def cancel_meeting(cause: Because, book: Book, caller: Writer, meeting_id: Id) -> MeetingView:
    """Everybody concerned is told; asked again, nothing more happens. / Alla berörda får veta."""
    step = arranging.cancel(caller, cause)
    return meetings.view((await book(meeting_id, step)).meeting)


@router.post("/meetings/{meeting_id}/invitations", status_code=202, summary="Invite / Bjud in")
async def invite(cause: Because, book: Book, caller: Writer, meeting_id: Id) -> InvitationsView:
    """Freezes the list of those whom the audience reaches now, and invites them. Whoever comes to the
    audience later is invited then. Asked again, nothing more happens. / Fryser listan och bjuder in.
    """
    step = inviting.freeze(caller, cause)
    meeting = (await book(meeting_id, step)).meeting
    return InvitationsView(meeting_id=meeting.id, invited=meeting.listed)


@router.post("/audiences/preview", summary="Whom a rule reaches / Vilka en regel når")
async def preview_audience(
    db: Db, now: Now, _caller: Reader, body: AudienceBody, paging: Pages
) -> PreviewView:
    """Counts and one page of people; changes nothing. / Antal och en sida personer; ändrar inget."""
    return PreviewView(**await meetings.preview(db, body, now, paging))


@router.get(
    "/meetings/{meeting_id}/calendar",
    summary="As iCalendar / Som iCalendar",
    response_class=Response,
    responses=CALENDAR,  # pyright: ignore[reportArgumentType]
)
async def meeting_calendar(db: Db, caller: Reader, meeting_id: Id) -> Response:
    meeting = await meetings.seen_meeting(db, caller, meeting_id)
    return calendar_answer(
        await calendars.one_meeting(db, meeting),
        **{"Content-Disposition": f'attachment; filename="{meeting.id}.ics"'},
    )
