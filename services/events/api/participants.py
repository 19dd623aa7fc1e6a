"""/meetings/{id}/participants."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.events.api.common import PREFIX, Because, Book
from services.events.api.meetings import Reader, Writer
from services.events.handlers import answering, meetings
from services.events.models.api import (
    AnswerBody,
    AttendanceBody,
    AttendanceCodeView,
    ParticipantsPage,
    ParticipantView,
    ParticipationView,
)
from shared.contracts.events import ParticipantState
from shared.web.fields import ID, Id, Page
from shared.web.needs import Db, Now, Pages

router = APIRouter(prefix=PREFIX, tags=["participants"])


@router.get("/meetings/{meeting_id}/participants", summary="Who takes part / Vilka som deltar")
async def list_participants(
    db: Db,
    caller: Reader,
    meeting_id: Id,
    paging: Pages,
    state: ParticipantState | None = None,
    order: Annotated[
        Literal["id", "answer"],
        Query(
            description="By id, or by answer and name, with counts / Efter id, eller svar och namn, med antal"
        ),
    ] = "id",
) -> ParticipantsPage:
    """All to those who convene it, an agency's own people to the agency, oneself to a person. / Alla för den
    som är sammankallande, de egna för en myndighet, en själv för en person.
    """
    if order == "answer":
        return await meetings.list_by_answer(db, caller, meeting_id, state, paging)
    found = await meetings.list_participants(db, caller, meeting_id, state, paging)
    return ParticipantsPage(**found)


@router.get("/meetings/{meeting_id}/participants/{person_id}", summary="One of them / En av dem")
async def get_participant(db: Db, caller: Reader, meeting_id: Id, person_id: Id) -> ParticipantView:
    """Whatever they have answered; 404 where they are not invited. / Vad personen än har svarat."""
    return await meetings.participant(db, caller, meeting_id, person_id)


@router.put("/meetings/{meeting_id}/participants/{person_id}/answer", summary="Answer / Svara")
async def answer(
    cause: Because, book: Book, db: Db, caller: Writer, meeting_id: Id, person_id: Id, body: AnswerBody
) -> ParticipantView:
    """Idempotent. When the meeting is full, yes means a place in line; no always works until it begins. / Är
    mötet fullt ger ett ja en plats på väntelistan; nej går alltid tills mötet börjar.
    """
    step = answering.answer(caller, person_id, body.answer, cause)
    return await meetings.answered(db, await book(meeting_id, step))


@router.put("/meetings/{meeting_id}/attendance/{person_id}", summary="Note who came / Anteckna vilka som kom")
async def record_attendance(
    cause: Because, book: Book, db: Db, caller: Writer, meeting_id: Id, person_id: Id, body: AttendanceBody
) -> ParticipantView:
    """By the convenor, from when the meeting begins; or by oneself with the code that is shown there, from
    half an hour before it begins until an hour after it ends. Idempotent. Whoever is noted as absent is not
    thanked. / Av den som är sammankallande, från det att mötet börjar, eller av en själv med koden som visas
    där. Den som var frånvarande får inget tack.
    """
    if body.code is None:
        step = answering.record(caller, person_id, body.attended, cause)
    else:
        step = answering.check_in(caller, person_id, body.code, cause)
    return await meetings.answered(db, await book(meeting_id, step))


@router.put(
    "/meetings/{meeting_id}/attendance-code", summary="A code for those who come / En kod för de som kommer"
)
async def give_code(cause: Because, book: Book, caller: Writer, meeting_id: Id) -> AttendanceCodeView:
    """By the convenor. The first time gives the meeting its code; again answers the same one. / Av den som är
    sammankallande. Första gången får mötet sin kod, därefter ges samma svar.
    """
    step = answering.give_code(caller, cause)
    return meetings.code_view((await book(meeting_id, step)).meeting)


@router.get("/meetings/{meeting_id}/attendance-code", summary="The code / Koden")
async def get_code(db: Db, caller: Reader, meeting_id: Id) -> AttendanceCodeView:
    """To the convenor; 404 while the meeting has none. / För den som är sammankallande."""
    return await meetings.code(db, caller, meeting_id)


@router.get("/participations", summary="What is to come for a person / Det som väntar en person")
async def list_participations(
    db: Db,
    now: Now,
    caller: Reader,
    person_id: Annotated[
        str,
        Query(
            pattern=ID,
            description="Oneself, or somebody at one's agency / En själv, eller någon på ens myndighet",
        ),
    ],
) -> Page[ParticipationView]:
    """Each with its meeting, the next first. / Vart och ett med sitt möte, nästa först."""
    items = await meetings.participations(db, caller, person_id, now)
    return Page[ParticipationView](items=items, page=1, limit=200)
