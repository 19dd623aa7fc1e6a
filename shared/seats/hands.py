"""What people do by hand: the organiser gives a seat or moves somebody in line, colleagues swap a seat."""

from dataclasses import replace

from shared.seats.facts import Moved, Outcome, Refusal, Released, Seated
from shared.seats.inputs import Give, Move, Swap
from shared.seats.line import changed, moved
from shared.seats.models import Claim, Seating
from shared.seats.promotion import promote


def settle(seating: Seating, asked: Give | Move | Swap) -> Outcome:
    match asked:
        case Give():
            return _give(seating, asked)
        case Move():
            return _move(seating, asked)
        case Swap():
            return _swap(seating, asked)


def _give(seating: Seating, asked: Give) -> Outcome:
    current = seating.claims.get(asked.id)
    seat = Claim(asked.id, current.agency if current else asked.agency, "seated")
    if refusal := _why_not_given(seating, asked, seat, current):
        return Outcome(seating, refusal=refusal)
    terms = seating.terms
    if asked.extra and terms.seats is not None:
        seating = replace(seating, terms=replace(terms, seats=terms.seats + 1))
    given = Outcome(changed(seating, {seat.id: seat}), (Seated(seat.id, "given", asked.reason.strip()),))
    # An extra seat for somebody who uses their agency's quota leaves one more to others.
    return given.then(promote(given.seating, asked.at))


def _why_not_given(seating: Seating, asked: Give, seat: Claim, current: Claim | None) -> Refusal | None:
    if not asked.reason.strip():
        return "reason_missing"
    if current and current.holds == "seated":
        return "has_seat_already"
    if asked.extra or (current and current.holds == "offered"):
        return None
    if seating.is_full:
        return "full"
    return None if seating.has_seat_for(seat.agency) else "kept_for_others"


def _move(seating: Seating, asked: Move) -> Outcome:
    if not asked.reason.strip():
        return Outcome(seating, refusal="reason_missing")
    if asked.id not in seating.line:
        return Outcome(seating, refusal="not_in_line")
    if not 1 <= asked.to <= len(seating.line):
        return Outcome(seating, refusal="no_such_place")
    if seating.line[asked.to - 1] == asked.id:
        return Outcome(seating)
    after = moved(seating, asked.id, asked.to)
    return Outcome(after, (Moved(asked.id, asked.to, asked.reason.strip()),))


def _swap(seating: Seating, asked: Swap) -> Outcome:
    seat, other = seating.claims.get(asked.giver), seating.claims.get(asked.taker)
    if seat is None or seat.holds != "seated":
        return Outcome(seating, refusal="has_nothing")
    if asked.agency != seat.agency or (other and other.agency != seat.agency):
        return Outcome(seating, refusal="other_agency")
    if other and other.takes_seat:
        return Outcome(seating, refusal="has_seat_already")
    after = changed(seating, {asked.giver: None, asked.taker: replace(seat, id=asked.taker)})
    return Outcome(after, (Released(asked.giver, "seated"), Seated(asked.taker, "swapped")))
