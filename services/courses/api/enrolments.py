"""Seats, places in line, and why not."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, status

from services.courses import refusals
from services.courses.api.courses import Reader, Writer
from services.courses.api.headers import Speaks
from services.courses.handlers import eligibility, enrolments, occasions
from services.courses.handlers.enrolments import Booked, NotNow
from services.courses.models.documents import day_of
from services.courses.models.shapes import (
    ComingEnrolment,
    Eligibility,
    Enrolment,
    NewEnrolment,
    Occasion,
    OccasionEligibility,
    Words,
)
from services.courses.models.wishes import Wish
from services.courses.rules.words import Speech
from shared.auth import Caller
from shared.bookings import Bookings
from shared.errors import Refused
from shared.mongo import Transaction
from shared.observing import trace
from shared.web.fields import ID, Id, Page
from shared.web.needs import Db, Now, Pages

router = APIRouter(prefix="/courses/v1", tags=["enrolments"])


def _bookings(request: Request) -> Bookings[Wish, Booked]:
    """One for the process: those who book the same occasion at once go through it together."""
    state = request.app.state
    if not hasattr(state, "bookings"):

        async def settle(tx: Transaction, key: str, wishes: Sequence[Wish]) -> Sequence[Booked | Refused]:
            return await enrolments.settle(tx, key, wishes, state.clock())

        state.bookings = Bookings(state.mongo, settle)
    return state.bookings


async def _speech(db: Db, now: Now, language: Speaks) -> Callable[[], Awaitable[Speech]]:
    """Asked for where there is something to say: it reads the agencies' names."""

    async def speech() -> Speech:
        return Speech(language, day_of(now), await eligibility.agency_names(db))

    return speech


Speaking = Annotated[Callable[[], Awaitable[Speech]], Depends(_speech)]


async def _booking(request: Request, speaking: Speaking) -> Callable[[str, Wish], Awaitable[Booked]]:
    bookings = _bookings(request)

    async def book(occasion_id: str, wish: Wish) -> Booked:
        try:
            return await bookings.book(occasion_id, wish)
        except NotNow as refusal:
            speech = await speaking()
            said = " ".join(speech.reason(reason) for reason in refusal.reasons)
            raise refusals.EnrolmentIsNotPossible(said, **refusal.parameters) from refusal

    return book


Book = Annotated[Callable[[str, Wish], Awaitable[Booked]], Depends(_booking)]


def _wish(what: Literal["enrol", "cancel"], caller: Caller, person_id: str) -> Wish:
    """
    Raises:
        Forbidden: a person may wish for themselves only, unless they are a coordinator.

    """
    if not caller.acts_for(caller.agency, person_id):
        raise refusals.IsForPersonOrCoordinator(
            "You can do this for yourself; your coordinator can do it for others at your agency."
        )
    return Wish(what, person_id, caller.agency, trace.current())


@router.post(
    "/occasions/{occasion_id}/enrolments",
    status_code=status.HTTP_201_CREATED,
    summary="A seat, or a place in line / En plats, eller en plats i kön",
    responses={200: {"model": Enrolment, "description": "It was so already / Det var redan så"}},
)
async def enrol(
    book: Book,
    db: Db,
    *,
    response: Response,
    caller: Writer,
    occasion_id: Id,
    body: NewEnrolment,
) -> Enrolment:
    """Idempotent without a key: a person has one enrolment to an occasion.

    Görs den om händer inget mer: en person har en anmälan till ett tillfälle.
    """
    booked = await book(occasion_id, _wish("enrol", caller, body.person_id))
    if not booked.changed:
        response.status_code = status.HTTP_200_OK
    place = booked.place or await enrolments.place(db, booked.enrolment)
    return Enrolment.of(booked.enrolment, place)


@router.get(
    "/occasions/{occasion_id}/enrolments",
    summary="Your agency's enrolments, or your own / Din myndighets anmälningar, eller din egen",
)
async def list_enrolments(db: Db, caller: Reader, occasion_id: Id, paging: Pages) -> Page[Enrolment]:
    await occasions.find(db, occasion_id)
    found = await enrolments.listed(db, caller, occasion_id, paging.offset, paging.fetch)
    places = await enrolments.places(db, found)
    return Page[Enrolment](**paging.of([Enrolment.of(e, places.get(e.id)) for e in found]))


@router.get("/enrolments", summary="What is to come for a person / Det som väntar en person")
async def list_coming(
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
) -> Page[ComingEnrolment]:
    """Each with its occasion, the next first. / Var och en med sitt tillfälle, nästa först."""
    found = await enrolments.coming(db, caller, person_id, now)
    items = [
        ComingEnrolment(
            **Enrolment.of(one, await enrolments.place(db, one)).model_dump(), occasion=Occasion.of(occasion)
        )
        for one, occasion in found
    ]
    return Page[ComingEnrolment](items=items, page=1, limit=100)


@router.get("/enrolments/{occasion_id}/{person_id}", summary="One enrolment / En anmälan")
async def get_enrolment(db: Db, caller: Reader, occasion_id: Id, person_id: Id) -> Enrolment:
    found = await enrolments.find(db, caller, occasion_id, person_id)
    return Enrolment.of(found, await enrolments.place(db, found))


@router.delete(
    "/enrolments/{occasion_id}/{person_id}",
    summary="Give back a seat or a place in line / Lämna tillbaka en plats",
)
async def cancel_enrolment(book: Book, caller: Writer, occasion_id: Id, person_id: Id) -> Enrolment:
    """The two parts of the path are the enrolment's id. Idempotent.

    Sökvägens två delar är anmälans id. Kan göras om.
    """
    booked = await book(occasion_id, _wish("cancel", caller, person_id))
    return Enrolment.of(booked.enrolment)


@router.get(
    "/occasions/{occasion_id}/eligibility/{person_id}",
    summary="Why can't I book, and what would change it / Varför kan jag inte boka, och vad ändrar det",
)
async def get_eligibility(
    speaking: Speaking,
    db: Db,
    now: Now,
    *,
    caller: Reader,
    occasion_id: Id,
    person_id: Id,
) -> Eligibility:
    found = await eligibility.look_up(db, caller, occasion_id, person_id, now)
    return Eligibility(**_said(await speaking(), found))


@router.get(
    "/courses/{course_id}/eligibility/{person_id}",
    summary="The same of every coming occasion / Detsamma för alla kommande tillfällen",
)
async def list_eligibility(
    speaking: Speaking, db: Db, now: Now, *, caller: Reader, course_id: Id, person_id: Id
) -> Page[OccasionEligibility]:
    """By first day, the next hundred. / Efter första dag, de närmaste hundra."""
    found = await eligibility.look_up_coming(db, caller, course_id, person_id, now)
    speech = await speaking()
    items = [OccasionEligibility(occasion_id=id_, **_said(speech, one)) for id_, one in found.items()]
    return Page[OccasionEligibility](items=items, page=1, limit=100)


def _said(speech: Speech, found: eligibility.Standing) -> dict[str, Any]:
    return {
        "eligible": not found.reasons,
        "would_get": found.would_get,
        "reasons": [Words(code=reason.code, text=speech.reason(reason)) for reason in found.reasons],
        "what_would_change_it": [
            Words(code=reason.code, text=text) for reason in found.reasons for text in speech.remedies(reason)
        ],
    }
