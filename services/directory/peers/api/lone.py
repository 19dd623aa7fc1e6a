"""You are not alone: the card, and who is the only one in a role at their agency."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.conditions import language
from services.directory.peers import refusals
from services.directory.peers.api.peers import Mailboxes, PeerAnswer, peer_answers
from services.directory.peers.handlers import lone as handlers
from services.directory.peers.store import lone
from services.directory.people.api.contacts import mailbox_answers
from services.directory.people.api.profiles import PersonAnswer, person_answer, require_person, sight_of
from services.directory.people.rules.fields import seen
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.vocabulary import ROLES
from shared.auth import Caller
from shared.contracts.types import Language
from shared.mongo import Database, Document
from shared.web.fields import Answer, Id, Page
from shared.web.needs import Db, Now, Pages

router = APIRouter(prefix="/directory/v1", tags=["lone specialists"])


class RoleText(Answer):
    code: str = Field(examples=["upphandlare"])
    name: str = Field(description="In the reader's language / På läsarens språk", examples=["Upphandlare"])


class NextMeeting(Answer):
    id: str = Field(examples=["019358a0-0000-7000-8000-000000000000"])
    title: str = Field(examples=["Nätverksträff för upphandlare"])
    starts_at: datetime = Field(examples=["2027-01-20T08:00:00Z"])


class FittingCourse(Answer):
    id: str = Field(examples=["019358a0-0000-7000-8000-000000000000"])
    title: str = Field(examples=["Att jobba i staten"])
    first_day: date = Field(examples=["2027-02-10"])


class CardAnswer(Answer):
    role: RoleText
    since: datetime = Field(description="Alone since / Ensam sedan", examples=["2026-11-23T08:00:00Z"])
    peers: list[PeerAnswer] = Field(description="Whom to call / Vem man kan ringa")
    mailboxes: Mailboxes
    next_meeting: NextMeeting | None
    course: FittingCourse | None


class CardsAnswer(Answer):
    person_id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    cards: list[CardAnswer] = Field(description="One for each role / Ett för varje roll")


class LoneSpecialist(Answer):
    person: PersonAnswer
    agency: str = Field(examples=["bolagsverket"])
    role: RoleText
    since: datetime = Field(description="Alone since / Ensam sedan", examples=["2026-11-23T08:00:00Z"])


@router.get("/people/{person_id}/card", summary="You are not alone / Du är inte ensam")
async def read_card(request: Request, db: Db, now: Now, caller: Reading, person_id: Id) -> CardsAnswer:
    """404 for those who are not the only one in any role at their agency."""
    person = await require_person(db, caller, person_id)
    cards = await card_answers(db, person, caller, now, language(request))
    if not cards:
        raise refusals.IsNotAlone
    return CardsAnswer(person_id=person_id, cards=cards)


async def card_answers(
    db: Database, person: Document, caller: Caller, now: datetime, reader: Language
) -> list[CardAnswer]:
    """One for each role that the person is alone in; none of who may not be shown."""
    documents = await lone.cards_of(db, person["_id"]) if is_visible(person) else []
    # What the person hides from this reader must not shine through in the reasons.
    shown = seen(person, sight_of(caller, person))

    async def filled(document: Document) -> CardAnswer:
        return await _card(db, await handlers.fill(db, document, shown, now), caller, reader)

    return await asyncio.gather(*map(filled, documents))


async def _card(db: Database, card: handlers.Card, caller: Caller, reader: Language) -> CardAnswer:
    meeting, occasion = card.meeting, card.occasion
    return CardAnswer(
        role=_role(card.document["role"], reader),
        since=card.document["since"],
        peers=await peer_answers(db, card.peers, caller, reader),
        mailboxes=await mailbox_answers(db, card.mailboxes, reader),
        next_meeting=NextMeeting(id=meeting["_id"], title=meeting["title"], starts_at=meeting["starts_at"])
        if meeting
        else None,
        course=FittingCourse(
            id=occasion["_id"],
            title=occasion["title" if reader == "sv" else "title_en"],
            first_day=occasion["days"][0],
        )
        if occasion
        else None,
    )


@router.get("/lone-specialists", summary="Alone in their role / Ensamma i sin roll")
async def list_lone_specialists(
    request: Request,
    db: Db,
    caller: Reading,
    paging: Pages,
    agency: Annotated[str | None, Query(max_length=60, description="Agency / Myndighet")] = None,
    role: Annotated[str | None, Query(max_length=60, description="Role code / Rollkod")] = None,
) -> Page[LoneSpecialist]:
    cards = await lone.list_cards(db, agency, role, paging.offset, paging.fetch)
    people = await profiles.find_many(db, [card["person_id"] for card in cards])
    reader = language(request)
    items = [
        LoneSpecialist(
            person=person_answer(people[card["person_id"]], caller),
            agency=card["agency"],
            role=_role(card["role"], reader),
            since=card["since"],
        )
        for card in cards
        if card["person_id"] in people
    ]
    return Page(**paging.of(items))


def _role(code: str, reader: Language) -> RoleText:
    return RoleText(code=code, name=ROLES[code].sv if reader == "sv" else ROLES[code].en)
