"""Who can help: peers at other agencies."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.directory.agencies.store import agencies
from services.directory.days import today
from services.directory.peers.rules.peers import Peer, rank_peers
from services.directory.peers.store import peers
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.fields import seen
from services.directory.people.store import profiles
from shared.consuming.incoming import Incoming
from shared.consuming.states import Copy
from shared.contracts.events import Attendance
from shared.contracts.notify import PeerLine
from shared.contracts.topics import EVENTS_ATTENDANCE
from shared.contracts.types import Gone
from shared.mongo import Database, Document, Transaction

ATTENDANCE = Copy(EVENTS_ATTENDANCE, Attendance)
_HELPERS = 500


async def find_peers(
    db: Database, person: Document, limit: int, now: datetime, role: str | None = None
) -> list[Peer]:
    """The best peers at other agencies in `role`, or in any role that the person has today."""
    day = today(now)
    roles = [role] if role else role_codes(person, day)
    if not roles:
        return []
    met, slugs = await asyncio.gather(peers.have_met(db, person["_id"], now), agencies.slugs(db))
    others = [slug for slug in slugs if slug != person["agency"]]
    found = await asyncio.gather(peers.visible_of(db, met), peers.candidates(db, person, roles, others))
    candidates = [seen(candidate, "network") for some in found for candidate in some]
    best = rank_peers(person, candidates, roles=roles, met=met, today=day, limit=limit)
    whole = await profiles.find_many(db, [peer.person["_id"] for peer in best]) if best else {}
    shown = {id_: seen(document, "network") for id_, document in whole.items()}
    return [replace(peer, person=shown[id_]) for peer in best if (id_ := peer.person["_id"]) in shown]


async def mailboxes(
    db: Database, person: Document, now: datetime, role: str | None = None
) -> list[tuple[str, str]]:
    """Other agencies' shared mailboxes, agency and address, for `role` or for any that the person has today.
    They stand in for those who may not be shown (D20), and are there whether or not anybody is hidden: nobody
    is to conclude that.
    """
    roles = [role] if role else role_codes(person, today(now))
    found = {
        (slug, boxes[each]): None
        for slug, boxes in sorted((await agencies.mailboxes(db)).items())
        for each in roles
        if slug != person["agency"] and each in boxes
    }
    return list(found)


async def find_helpers(
    db: Database,
    asker: Document,
    roles: Sequence[str],
    specialties: Sequence[str],
    specialists: Callable[[str, str], Sequence[str]],
    now: datetime,
    *,
    colleagues: bool,
) -> list[Peer]:
    """Who can help `asker` with a question to `roles` or `specialties`, own colleagues only where wanted;
    each with what they are ranked by.
    """
    met = await peers.have_met(db, asker["_id"], now)
    asked = [slug for slug in await agencies.slugs(db) if colleagues or slug != asker["agency"]]
    skilled = {id_ for each in specialties for id_ in specialists(each, asker["place"])}
    found = await asyncio.gather(
        peers.visible_of(db, skilled),
        peers.candidates(db, asker, roles, asked),
    )
    return rank_peers(
        asker,
        [seen(candidate, "network") for some in found for candidate in some],
        roles=roles,
        met=met,
        today=today(now),
        limit=_HELPERS,
        specialties=specialties,
        colleagues=colleagues,
    )


def line(peer: Peer) -> PeerLine:
    """A peer as a mail is asked to tell of them."""
    return PeerLine(person_id=peer.person["_id"], reasons=tuple(reason.code for reason in peer.reasons))


async def on_attendance_changed(tx: Transaction, batch: Sequence[Incoming[Attendance | Gone]]) -> None:
    await ATTENDANCE.apply(tx, batch)
