"""Ranked peers at other agencies, each with the reasons why."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.conditions import language
from services.directory.groups.store import groups
from services.directory.peers.handlers import peers as handlers
from services.directory.peers.rules.peers import Peer, Reason
from services.directory.people.api.contacts import RoleMailbox, mailbox_answers
from services.directory.people.api.profiles import PersonAnswer, require_person, shown_fields, sight_of
from services.directory.people.rules.fields import seen
from services.directory.vocabulary import ROLES
from shared.auth import Caller
from shared.contracts.types import Language
from shared.mongo import Database, Document
from shared.web.fields import Answer, Id, Page
from shared.web.needs import Db, Now

router = APIRouter(prefix="/directory/v1", tags=["people"])
_TEXTS: dict[Language, dict[str, str]] = {
    "sv": {
        "role": "Samma roll: {what}",
        "specialty": "Samma område: {what}",
        "same_place": "Samma ort: {what}",
        "near": "Nära: {what}, cirka {km} km",
        "have_met": "Ni har träffats",
        "same_group": "Samma grupp: {what}",
    },
    "en": {
        "role": "Same role: {what}",
        "specialty": "Same specialty: {what}",
        "same_place": "Same place: {what}",
        "near": "Near: {what}, about {km} km",
        "have_met": "You have met",
        "same_group": "Same group: {what}",
    },
}


class ReasonAnswer(Answer):
    code: str = Field(
        description="role, specialty, same_place, near, have_met, same_group", examples=["specialty"]
    )
    text: str = Field(
        description="In the reader's language / På läsarens språk", examples=["Samma område: ramavtal"]
    )


class PeerAnswer(PersonAnswer):
    reasons: list[ReasonAnswer] = Field(description="Why they are listed / Varför personen finns med")
    absent: bool = Field(description="Away today / Frånvarande i dag", examples=[False])


Mailboxes = Annotated[
    list[RoleMailbox],
    Field(
        description="Other agencies' shared mailboxes for the role: some who hold it may not be shown / "
        "Andra myndigheters funktionsbrevlådor för rollen: en del i rollen får inte visas"
    ),
]


class PeersAnswer(Page[PeerAnswer]):
    mailboxes: Mailboxes


@router.get("/people/{person_id}/peers", summary="Peers at other agencies / Kollegor på andra myndigheter")
async def list_peers(
    request: Request,
    db: Db,
    now: Now,
    caller: Reading,
    person_id: Id,
    limit: Annotated[int, Query(ge=1, le=50, description="How many / Hur många")] = 10,
    role: Annotated[
        str | None, Query(max_length=60, description="In this role only / Bara i denna roll")
    ] = None,
) -> PeersAnswer:
    """Best first, the absent last."""
    person = await require_person(db, caller, person_id)
    return await peers_answer(db, person, caller, now, language(request), limit=limit, role=role)


async def peers_answer(
    db: Database,
    person: Document,
    caller: Caller,
    now: datetime,
    reader: Language,
    *,
    limit: int,
    role: str | None = None,
) -> PeersAnswer:
    # What the person hides from this reader must not shine through in the reasons.
    shown = seen(person, sight_of(caller, person))
    found, boxes = await asyncio.gather(
        handlers.find_peers(db, shown, limit, now, role), handlers.mailboxes(db, shown, now, role)
    )
    return PeersAnswer(
        items=await peer_answers(db, found, caller, reader),
        page=1,
        limit=limit,
        mailboxes=await mailbox_answers(db, boxes, reader),
    )


async def peer_answers(db: Database, found: list[Peer], caller: Caller, reader: Language) -> list[PeerAnswer]:
    shared = {
        id_ for peer in found for reason in peer.reasons if reason.code == "same_group" for id_ in reason.what
    }
    names = await groups.names(db, shared) if shared else {}
    return [
        PeerAnswer(
            **shown_fields(dict(peer.person), caller),
            reasons=[
                ReasonAnswer(code=reason.code, text=reason_text(reason, reader, names))
                for reason in peer.reasons
            ],
            absent=peer.absent,
        )
        for peer in found
    ]


def reason_text(reason: Reason, reader: Language, group_names: dict[str, str]) -> str:
    """The reason in the reader's words."""
    if reason.code == "role":
        listed = [(ROLES[code].sv if reader == "sv" else ROLES[code].en) for code in reason.what]
    elif reason.code == "same_group":
        listed = [group_names[id_] for id_ in reason.what if id_ in group_names]
    else:
        listed = list(reason.what)
    return _TEXTS[reader][reason.code].format(what=", ".join(listed), km=reason.km)
