"""Settles one input: the next state of the seating, what happened, and why not where it is refused."""

from dataclasses import replace
from datetime import datetime

from shared.seats import blocks, hands
from shared.seats.facts import Outcome, Queued, Released, Seated
from shared.seats.inputs import (
    Alter,
    Ask,
    CallOff,
    Give,
    GiveBack,
    Input,
    Move,
    Name,
    Release,
    Reserve,
    Swap,
    Tick,
)
from shared.seats.line import changed
from shared.seats.models import Claim, Seating
from shared.seats.promotion import advance, how, promote, quotas_opened, somebody_waits_for
from shared.seats.windows import refusal_at


def apply(seating: Seating, asked: Input) -> Outcome:
    """First what is due by then, and then what is asked for."""
    due = advance(seating, asked.at)
    return due.then(_settle(due.seating, asked))


def _settle(seating: Seating, asked: Input) -> Outcome:  # noqa: PLR0911 – one for each input
    match asked:
        case Release():
            return _release(seating, asked)
        case Tick():
            return promote(seating, asked.at)
        case Alter():
            return _alter(seating, asked)
        case CallOff():
            return _call_off(seating)
        case _ if not seating.terms.held:
            return Outcome(seating, refusal="not_held")
        case Ask():
            return _ask(seating, asked)
        case Give() | Move() | Swap():
            return hands.settle(seating, asked)
        case Reserve() | Name() | GiveBack():
            return blocks.settle(seating, asked)


def _ask(seating: Seating, asked: Ask) -> Outcome:
    current = seating.claims.get(asked.id)
    if current and current.holds == "offered":
        seat = replace(current, holds="seated", rank=None, until=None)
        return Outcome(changed(seating, {asked.id: seat}), (Seated(asked.id, "accepted"),))
    if current:
        return Outcome(seating)
    if refusal := refusal_at(seating.terms, asked.agency, asked.at):
        return Outcome(seating, refusal=refusal)
    if may_be_seated(seating, asked.agency, asked.at):
        seat = Claim(asked.id, asked.agency, "seated")
        return Outcome(changed(seating, {asked.id: seat}), (Seated(asked.id, "asked"),))
    rank = asked.rank or (seating.last_rank + 1, "")
    after = changed(seating, {asked.id: Claim(asked.id, asked.agency, "waiting", rank)})
    return Outcome(after, (Queued(asked.id, _place(after, asked.id)),))


def _place(seating: Seating, id_: str) -> int:
    """The place in line; the last one where the whole line is not known."""
    if len(seating.line) == seating.waiting:
        return seating.line.index(id_) + 1
    return seating.waiting


def may_be_seated(seating: Seating, agency: str, at: datetime) -> bool:
    """Whether somebody who comes now gets a seat. Nobody passes those in line who may have it."""
    if seating.terms.seats is None:
        return True
    if seating.unseen or not seating.has_seat_for(agency):
        return False
    # As long as the line is served nobody in it waits for a seat that is free.
    return how(seating.terms, at) is not None or not somebody_waits_for(seating)


def _release(seating: Seating, asked: Release) -> Outcome:
    current = seating.claims.get(asked.id)
    if current is None:
        return Outcome(seating, refusal="has_nothing")
    gone = Outcome(changed(seating, {asked.id: None}), (Released(asked.id, current.holds),))
    if current.block and current.block in seating.blocks:
        # Its agency may still name somebody else.
        return Outcome(blocks.with_unnamed(gone.seating, current.block), gone.facts)
    return gone.then(promote(gone.seating, asked.at))


def _alter(seating: Seating, asked: Alter) -> Outcome:
    """Quotas whose time has come open before anything is weighed."""
    opened = quotas_opened(replace(seating, terms=asked.terms), asked.at)
    after = opened.seating
    if after.free is not None and after.free < 0:
        return Outcome(seating, refusal="fewer_than_taken")
    if after.terms.seats is not None and after.spoken_for > after.terms.seats:
        return Outcome(seating, refusal="more_than_seats")
    return opened.then(promote(after, asked.at))


def _call_off(seating: Seating) -> Outcome:
    facts = tuple(Released(id_, seating.claims[id_].holds) for id_ in sorted(seating.claims))
    terms = replace(seating.terms, held=False)
    return Outcome(Seating(terms, last_rank=seating.last_rank), facts)
