"""An agency's seats without names: taken at once, named by and by."""

from dataclasses import replace

from shared.seats.facts import Outcome, Refusal, Reserved, Seated
from shared.seats.inputs import GiveBack, Name, Reserve
from shared.seats.line import changed
from shared.seats.models import Block, Claim, Seating
from shared.seats.promotion import promote, somebody_waits_for, without_unnamed
from shared.seats.windows import refusal_at


def settle(seating: Seating, asked: Reserve | Name | GiveBack) -> Outcome:
    match asked:
        case Reserve():
            return _reserve(seating, asked)
        case Name():
            return _name(seating, asked)
        case GiveBack():
            return _give_back(seating, asked)


def _reserve(seating: Seating, asked: Reserve) -> Outcome:
    """The same block asked for again changes nothing."""
    if asked.block in seating.blocks:
        return Outcome(seating)
    if refusal := _why_not_reserved(seating, asked):
        return Outcome(seating, refusal=refusal)
    block = Block(asked.block, asked.agency, asked.seats, asked.until)
    taken = {**seating.taken, asked.agency: seating.taken.get(asked.agency, 0) + asked.seats}
    after = replace(seating, taken=taken, blocks={**seating.blocks, block.id: block})
    return Outcome(after, (Reserved(block.id, block.unnamed),))


def _why_not_reserved(seating: Seating, asked: Reserve) -> Refusal | None:
    if refusal := refusal_at(seating.terms, asked.agency, asked.at):
        return refusal
    if asked.seats < 1:
        return "no_unnamed_seat"
    if asked.until <= asked.at:
        return "day_is_past"
    if seating.terms.seats is None:
        return None
    if not seating.has_seat_for(asked.agency, asked.seats):
        enough = seating.free is not None and seating.free >= asked.seats
        return "kept_for_others" if enough else "full"
    return "others_wait" if somebody_waits_for(seating) else None


def _name(seating: Seating, asked: Name) -> Outcome:
    block, current = seating.blocks.get(asked.block), seating.claims.get(asked.id)
    if block is None:
        return Outcome(seating, refusal="no_such_block")
    if current and current.block == block.id:
        return Outcome(seating)
    if current and current.agency != block.agency:
        return Outcome(seating, refusal="other_agency")
    if current and current.takes_seat:
        return Outcome(seating, refusal="has_seat_already")
    if not block.unnamed:
        return Outcome(seating, refusal="no_unnamed_seat")
    seat = Claim(asked.id, block.agency, "seated", block=block.id)
    after = changed(with_unnamed(seating, block.id, -1), {asked.id: seat})
    return Outcome(after, (Seated(asked.id, "named"),))


def with_unnamed(seating: Seating, block_id: str, by: int = 1) -> Seating:
    """With so many more (or fewer) seats of the block to be named."""
    block = seating.blocks[block_id]
    taken = {**seating.taken, block.agency: seating.taken.get(block.agency, 0) + by}
    counted = {agency: count for agency, count in taken.items() if count}
    blocks = {**seating.blocks, block_id: replace(block, unnamed=block.unnamed + by)}
    return replace(seating, taken=counted, blocks=blocks)


def _give_back(seating: Seating, asked: GiveBack) -> Outcome:
    block = seating.blocks.get(asked.block)
    if block is None:
        return Outcome(seating, refusal="no_such_block")
    if not 1 <= asked.seats <= block.unnamed:
        return Outcome(seating, refusal="no_unnamed_seat")
    done = without_unnamed(seating, block.id, asked.seats)
    return done.then(promote(done.seating, asked.at))
