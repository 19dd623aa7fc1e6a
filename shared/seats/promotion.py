"""Free seats go to the line, and what is due with time happens."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from shared.seats.facts import Fact, Lapsed, Offered, Outcome, QuotaOpened, Returned, Seated
from shared.seats.line import changed
from shared.seats.models import Claim, Offers, Seating, Terms


def how(terms: Terms, at: datetime) -> Literal["seat", "offer"] | None:
    """How the first in line comes to a free seat at that time; None: not at all any more."""
    if not terms.held:
        return None
    if terms.seats_until is None or at < terms.seats_until:
        return "seat"
    return "offer" if terms.offers and at < terms.offers.until else None


def offer_ends(offers: Offers, at: datetime) -> datetime:
    """When an offer that is made at that time lapses."""
    left = offers.until - at
    lasts = next((hold.lasts for hold in offers.holds if left >= hold.left), left)
    return min(at + lasts, offers.until)


def promote(seating: Seating, at: datetime) -> Outcome:
    """First in line first, each agency's kept seats to its own people."""
    way = how(seating.terms, at)
    chosen = _entitled(seating) if way else []
    if not chosen:
        return Outcome(seating)
    if way == "seat":
        after = {c.id: replace(c, holds="seated", rank=None) for c in chosen}
        return Outcome(changed(seating, after), tuple(Seated(c.id, "promoted") for c in chosen))
    until = offer_ends(seating.terms.offers, at) if seating.terms.offers else at
    after = {c.id: replace(c, holds="offered", until=until) for c in chosen}
    return Outcome(changed(seating, after), tuple(Offered(c.id, until) for c in chosen))


def _entitled(seating: Seating) -> list[Claim]:
    """Those in line who may have a seat, as many as there are seats for."""
    found: list[Claim] = []
    full: set[str] = set()
    # Each seat that is given leaves fewer for everybody, so an agency without one stays without.
    trial = seating
    for id_ in seating.line:
        if trial.is_full:
            break
        claim = seating.claims[id_]
        if claim.agency in full:
            continue
        if not trial.has_seat_for(claim.agency):
            full.add(claim.agency)
            continue
        found.append(claim)
        trial = replace(trial, taken={**trial.taken, claim.agency: trial.taken.get(claim.agency, 0) + 1})
    return found


def somebody_waits_for(seating: Seating) -> bool:
    """Whether anybody in line may have a free seat: only where nobody is promoted any more, or not yet."""
    agencies = {seating.claims[id_].agency for id_ in seating.line}
    return seating.unseen or any(seating.has_seat_for(agency) for agency in agencies)


def advance(seating: Seating, at: datetime) -> Outcome:
    """Quotas open, offers lapse and unnamed seats go back whose time has come; then the line is served."""
    due = next_due(seating)
    if due is None or due > at:
        return Outcome(seating)
    done = quotas_opened(seating, at)
    done = done.then(_offers_lapsed(done.seating, at))
    done = done.then(_blocks_returned(done.seating, at))
    return done.then(promote(done.seating, at)) if done.facts else done


def quotas_opened(seating: Seating, at: datetime) -> Outcome:
    opening = [q for q in seating.terms.quotas if not q.opened and q.opens_at and q.opens_at <= at]
    if not opening:
        return Outcome(seating)
    quotas = tuple(replace(q, opened=True) if q in opening else q for q in seating.terms.quotas)
    after = replace(seating, terms=replace(seating.terms, quotas=quotas))
    return Outcome(after, tuple(QuotaOpened(q.agency) for q in opening))


def _offers_lapsed(seating: Seating, at: datetime) -> Outcome:
    lapsed = [id_ for id_ in seating.offered if _is_past(seating.claims[id_].until, at)]
    if not lapsed:
        return Outcome(seating)
    after = changed(seating, dict.fromkeys(lapsed))
    return Outcome(after, tuple(Lapsed(id_) for id_ in lapsed))


def _blocks_returned(seating: Seating, at: datetime) -> Outcome:
    past = [block.id for block in seating.blocks.values() if block.until <= at]
    done = Outcome(seating)
    for id_ in past:
        done = done.then(without_unnamed(done.seating, id_, done.seating.blocks[id_].unnamed))
        kept = {name: block for name, block in done.seating.blocks.items() if name != id_}
        done = replace(done, seating=replace(done.seating, blocks=kept))
    return done


def without_unnamed(seating: Seating, block_id: str, count: int) -> Outcome:
    """So many unnamed seats of the block are free for others."""
    block = seating.blocks[block_id]
    left = seating.taken.get(block.agency, 0) - count
    taken = {**seating.taken, block.agency: left}
    blocks = {**seating.blocks, block_id: replace(block, unnamed=block.unnamed - count)}
    after = replace(seating, taken={a: n for a, n in taken.items() if n}, blocks=blocks)
    facts: tuple[Fact, ...] = (Returned(block_id, count),) if count else ()
    return Outcome(after, facts)


def _is_past(until: datetime | None, at: datetime) -> bool:
    return until is not None and until <= at


def next_due(seating: Seating) -> datetime | None:
    """When `advance` has something to do next."""
    times = [quota.opens_at for quota in seating.terms.quotas if not quota.opened]
    times += [seating.claims[id_].until for id_ in seating.offered]
    times += [block.until for block in seating.blocks.values()]
    return min((time for time in times if time), default=None)
