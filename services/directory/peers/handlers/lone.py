"""You are not alone: who is the only one in a role at their agency is told whom to call."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.directory.agencies.store import agencies
from services.directory.days import today
from services.directory.peers.handlers import peers
from services.directory.peers.rules import lone as rules
from services.directory.peers.rules.lone import Review
from services.directory.peers.rules.peers import Peer
from services.directory.peers.store import lone
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.facts import RolesChanged
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.telling import tell
from services.directory.vocabulary import ROLES
from shared.consuming.incoming import Incoming
from shared.consuming.states import Copy
from shared.contracts.courses import Occasion
from shared.contracts.envelope import Trace
from shared.contracts.events import Meeting
from shared.contracts.notify import LoneSpecialistCard, Request, SharedMailbox
from shared.contracts.profiles import SpecialistLost
from shared.contracts.topics import COURSES_OCCASIONS, EVENTS_MEETINGS
from shared.contracts.types import Gone
from shared.moments import now_ms
from shared.mongo import Database, Document, Transaction
from shared.observing import trace
from shared.publishing import outbox

MEETINGS, OCCASIONS = Copy(EVENTS_MEETINGS, Meeting), Copy(COURSES_OCCASIONS, Occasion)
SPECIALIST = frozenset(code for code, role in ROLES.items() if not role.leads)
_PEERS_ON_A_CARD = 5


@dataclass(frozen=True, slots=True)
class Card:
    """What somebody who is alone in a role gets to know."""

    document: Document
    peers: list[Peer]
    mailboxes: list[tuple[str, str]]
    """Other agencies', by slug, for the role."""
    meeting: Document | None
    occasion: Document | None


async def on_roles_changed(tx: Transaction, changed: Sequence[RolesChanged], now: datetime) -> None:
    """Note which roles changed hands, to be settled when the feed is quiet. One insert a call, or none."""
    roles = rules.to_review(changed, SPECIALIST)
    if roles:
        await lone.add_reviews(tx, roles, now_ms(now))


async def due_reviews(db: Database, now: datetime) -> tuple[dict[str, list[Document]], bool]:
    """Agency to the reviews that are to be settled now, and whether others wait until it is quiet there."""
    documents = await lone.reviews(db)
    if not documents:
        return {}, False
    waiting = [Review(d["_id"], d["agency"], _codes(d), d["at"]) for d in documents]
    due = rules.due(waiting, await lone.settled_agencies(db), now)
    others_wait = any(review.agency not in due for review in waiting)
    return {agency: [d for d in documents if d["agency"] == agency] for agency in due}, others_wait


async def settle(tx: Transaction, agency: str, reviews: Sequence[Document], now: datetime) -> int:
    """Raise and retire the agency's cards in the reviewed roles, and mail what can be mailed. Returns how
    many were raised. Done twice, it raises nothing twice: what counts is who holds the roles now.
    """
    await lone.take_reviews(tx, reviews)
    causes = _causes(reviews)
    cards = await lone.open_cards(tx, agency, causes)
    raised = 0
    for role in causes:
        holders = await lone.holders(tx, agency, role, today(now))
        outcome = rules.settle(holders, [card["person_id"] for card in cards if card["role"] == role])
        if outcome.retire:
            ids = [lone.card_id(person_id, role) for person_id in outcome.retire]
            await lone.retire_cards(tx, ids, now_ms(now))
        if outcome.alone:
            await lone.raise_card(tx, outcome.alone, role, agency, now_ms(now))
            raised += 1
        if holders:
            await lone.close_gap(tx, agency, role)
        elif not await lone.is_held(tx, agency, role, today(now)):
            await _open_gap(tx, agency, role, now, causes[role])
    await lone.note_settled(tx, agency, now_ms(now))
    await mail(tx, causes, now)
    return raised


async def _open_gap(tx: Transaction, agency: str, role: str, now: datetime, cause: Trace) -> None:
    """The agency has lost its only one in the role: its coordinators hear who could lend a hand, once."""
    times = await lone.open_gap(tx, agency, role, now_ms(now))
    document = await agencies.load(tx, agency)
    if times is None or document is None:
        return
    place = next(iter(document["places"]), "")
    wanted = {"_id": "", "agency": agency, "place": place, "specialties": [], "groups": []}
    found = await peers.find_peers(tx.db, wanted, _PEERS_ON_A_CARD, now, role=role)
    notice = SpecialistLost(
        role_sv=ROLES[role].sv,
        role_en=ROLES[role].en,
        agency=agency,
        peers=tuple(peers.line(peer) for peer in found if not peer.absent),
    )
    for person_id in document["coordinators"]:
        subject, kind = f"gap/{agency}/{role}", "directory.specialist_lost"
        tell(tx, person_id, kind, subject=subject, version=times, notice=notice, cause=cause)


async def mail(tx: Transaction, causes: Mapping[str, Trace], now: datetime) -> None:
    """Cards in these roles are mailed when there is somebody to call: at once, or when the first peer comes.
    Where there are only shared mailboxes to write to, they are told of meanwhile.
    """
    cards = await lone.unmailed_cards(tx, causes)
    persons = await profiles.load_many(tx, [card["person_id"] for card in cards])
    names = await agencies.names(tx.db) if cards else {}
    mailed: list[str] = []
    meanwhile: list[str] = []
    for document in cards:
        person = persons.get(document["person_id"])
        # The transaction may still see an agency that has left meanwhile.
        if person is None or not is_visible(person) or document["agency"] not in names:
            continue
        card = await fill(tx.db, document, person, now)
        if card.peers or (card.mailboxes and not document.get("mailboxes_mailed")):
            outbox.request(tx, _request(card, names), causes[document["role"]])
            (mailed if card.peers else meanwhile).append(document["_id"])
    if mailed or meanwhile:
        await lone.note_mailed(tx, mailed, meanwhile)


async def tell_of_mailboxes(tx: Transaction, agency: str, now: datetime) -> None:
    """Of the agency's, to those elsewhere whose cards had nobody on them; idempotent."""
    document = await agencies.load(tx, agency)
    roles = document["role_mailboxes"] if document else ()
    await mail(tx, {role: trace.current() for role in roles}, now)


async def fill(db: Database, card: Document, person: Document, now: datetime) -> Card:
    """The card with today's peers, meeting and course."""
    role = card["role"]
    found, boxes, meeting, occasion = await asyncio.gather(
        peers.find_peers(db, person, _PEERS_ON_A_CARD, now, role=role),
        peers.mailboxes(db, person, now, role=role),
        lone.next_meeting(db, role, now),
        _occasion(db, person, today(now)),
    )
    return Card(card, found, boxes, meeting, occasion)


async def _occasion(db: Database, person: Document, day: date) -> Document | None:
    roles = role_codes(person, day)
    coming = await lone.coming_occasions(db, day)
    return next((each for each in coming if rules.fits(each, person, roles, day)), None)


def _request(card: Card, names: Mapping[str, tuple[str, ...]]) -> Request:
    role = ROLES[card.document["role"]]
    meeting, occasion = card.meeting or {}, card.occasion or {}
    data = LoneSpecialistCard(
        role_sv=role.sv,
        role_en=role.en,
        agency=names[card.document["agency"]][0],
        peers=tuple(peers.line(peer) for peer in card.peers),
        mailboxes=tuple(SharedMailbox(agency=slug, address=address) for slug, address in card.mailboxes),
        next_meeting_title=meeting.get("title", ""),
        next_meeting_at=meeting.get("starts_at"),
        course_title_sv=occasion.get("title", ""),
        course_title_en=occasion.get("title_en", ""),
    )
    return Request(
        person_id=card.document["person_id"],
        kind="directory.lone_specialist",
        subject=f"lone/{card.document['role']}",
        subject_version=card.document["raised"],
        data=data.model_dump(mode="json", exclude_defaults=True),
    )


def _codes(document: Document) -> tuple[str, ...]:
    return tuple(role["code"] for role in document["roles"])


def _causes(reviews: Sequence[Document]) -> dict[str, Trace]:
    """Each reviewed role with what last caused it to be looked at."""
    in_order = sorted(reviews, key=lambda each: each["at"])
    return {
        role["code"]: Trace(role["correlation"], role["parent"])
        for each in in_order
        for role in each["roles"]
    }


async def on_meetings_changed(tx: Transaction, batch: Sequence[Incoming[Meeting | Gone]]) -> None:
    await MEETINGS.apply(tx, batch)


async def on_occasions_changed(tx: Transaction, batch: Sequence[Incoming[Occasion | Gone]]) -> None:
    await OCCASIONS.apply(tx, batch)
