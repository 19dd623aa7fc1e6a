"""The network in figures: people, and whether those who are alone in a role have somebody to call (P8)."""

import asyncio
from datetime import datetime

from services.directory.days import today
from services.directory.peers.rules import figures as rules
from services.directory.peers.rules.figures import Figures, Lone
from services.directory.peers.store import figures as store
from shared.auth import Caller
from shared.mongo import Database
from shared.refusals import IsForSteeringCommittee


async def figures(db: Database, caller: Caller, now: datetime) -> Figures:
    """
    Raises:
        Forbidden: the caller is not of the steering committee.

    """
    if not caller.steering:
        raise IsForSteeringCommittee
    people, cards = await asyncio.gather(store.people(db), store.lone(db))
    seen = await store.holders(db, (card["person_id"] for card in cards))
    ids = list(seen)
    ways = await asyncio.gather(
        store.met(db, ids, now), store.grouped(db, seen.values()), store.answered(db, ids)
    )
    known = {id_: {other for way in ways for other in way.get(id_, ())} for id_ in ids}
    everybody = await store.holders(db, {other for others in known.values() for other in others})
    alone = [
        Lone(card["agency"], card["role"], known[card["person_id"]])
        for card in cards
        if card["person_id"] in seen
    ]
    day = today(now)
    return rules.figures(people, alone, sum(rules.in_contact(one, everybody, day) for one in alone))
