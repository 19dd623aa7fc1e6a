"""Laws of seats: what holds whatever is asked, in whatever order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.seats.engine import apply
from shared.seats.facts import Offered, Outcome, Queued, Released, Seated
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
from shared.seats.line import rank_of
from shared.seats.models import Quota, Seating, Terms, Window
from shared.seats.promotion import how
from shared.seats.record import read, replay, steps, write
from tests.seats.scenes import CLOSES, CUT_OFF, DAY, NOW, OFFERS

PEOPLE = tuple(f"{agency}{n}" for agency in "abc" for n in range(4))
people = st.sampled_from(PEOPLE)
agencies = st.sampled_from("abc")
blocks = st.sampled_from(("x", "y"))
reasons = st.sampled_from(("", "därför"))
few = st.integers(0, 4)
terms = st.builds(
    Terms,
    seats=st.integers(0, 6),
    quotas=st.lists(
        st.builds(Quota, agencies, st.integers(0, 2), st.sampled_from((None, NOW + 5 * DAY))), max_size=3
    ).map(tuple),
    windows=st.sampled_from(((), (Window(closes_at=CLOSES + 3 * DAY),), (Window(NOW + DAY),))),
    seats_until=st.sampled_from((None, CLOSES)),
    offers=st.sampled_from((None, OFFERS)),
).filter(lambda t: Seating(t).spoken_for <= (t.seats or 0))


def _ask(draw: Any, at: Any) -> Input:
    id_ = draw(people)
    return Ask(id_, id_[0], at, draw(st.one_of(st.none(), st.tuples(st.integers(0, 9), st.just("")))))


@st.composite
def inputs(draw: Any) -> list[Input]:
    found: list[Input] = []
    at = NOW
    for _ in range(draw(st.integers(0, 30))):
        at += draw(st.sampled_from((timedelta(0), timedelta(hours=5), DAY, 4 * DAY)))
        asked = draw(st.sampled_from("aaaaaarrrrtgmbnvsol"))
        found.append(_input(draw, asked, at))
    return found


def _input(draw: Any, letter: str, at: Any) -> Input:  # noqa: PLR0911 – one for each input
    who = draw(people)
    match letter:
        case "a":
            return _ask(draw, at)
        case "r":
            return Release(who, at)
        case "g":
            return Give(who, who[0], draw(reasons), at, draw(st.booleans()))
        case "m":
            return Move(who, draw(few), draw(reasons), at)
        case "b":
            return Reserve(draw(blocks), draw(agencies), draw(few), at + 3 * DAY, at)
        case "n":
            return Name(draw(blocks), who, at)
        case "v":
            return GiveBack(draw(blocks), draw(few), at)
        case "s":
            return Swap(who, draw(people), who[0], at)
        case "o":
            return Alter(draw(terms), at)
        case "l" if draw(few) == 0:
            return CallOff(at)
        case _:
            return Tick(at)


def played(start: Terms, asked: Sequence[Input]) -> list[tuple[Seating, Input, Outcome]]:
    before = Seating(start)
    found: list[tuple[Seating, Input, Outcome]] = []
    for one, outcome in zip(asked, steps(start, asked), strict=True):
        found.append((before, one, outcome))
        before = outcome.seating
    return found


law = settings(max_examples=100)


@law
@given(terms, inputs())
def test_there_is_never_one_too_many(start: Terms, asked: list[Input]) -> None:
    for _, _, outcome in played(start, asked):
        seating = outcome.seating
        assert seating.terms.seats is not None
        assert seating.spoken_for <= seating.terms.seats
        taking = Counter(claim.agency for claim in seating.claims.values() if claim.takes_seat)
        for block in seating.blocks.values():
            taking[block.agency] += block.unnamed
            assert block.unnamed >= 0
        assert +taking == seating.taken
        assert all(count > 0 for count in seating.taken.values())


@law
@given(terms, inputs())
def test_nobody_waits_while_a_seat_that_they_may_have_is_free(start: Terms, asked: list[Input]) -> None:
    for _, one, outcome in played(start, asked):
        seating = outcome.seating
        if how(seating.terms, one.at) is not None:
            assert not [id_ for id_ in seating.line if seating.has_seat_for(seating.claims[id_].agency)]


@law
@given(terms, inputs())
def test_the_line_is_those_who_wait_in_order(start: Terms, asked: list[Input]) -> None:
    for _, _, outcome in played(start, asked):
        seating = outcome.seating
        waiting = [claim for claim in seating.claims.values() if claim.holds == "waiting"]
        assert sorted(seating.line) == sorted(claim.id for claim in waiting)
        assert seating.waiting == len(waiting)
        ranks = [rank_of(seating.claims[id_]) for id_ in seating.line]
        assert all(one <= other for one, other in pairwise(ranks))
        assert all(rank[0] <= seating.last_rank for rank in ranks)
        offered = {claim.id for claim in seating.claims.values() if claim.holds == "offered"}
        assert set(seating.offered) == offered


@law
@given(terms, inputs())
def test_nobody_passes_another_of_their_agency_in_line_but_by_hand(start: Terms, asked: list[Input]) -> None:
    for before, one, outcome in played(start, asked):
        line, after = before.line, outcome.seating.line
        if not isinstance(one, Move):
            assert [id_ for id_ in after if id_ in line] == [id_ for id_ in line if id_ in after]
        served = [
            fact.id
            for fact in outcome.facts
            if isinstance(fact, Offered) or (isinstance(fact, Seated) and fact.way == "promoted")
        ]
        for id_ in served:
            ahead = line[: line.index(id_)] if id_ in line else ()
            assert not [other for other in ahead if other in after and other[0] == id_[0]]


@law
@given(terms, inputs())
def test_whoever_comes_without_a_rank_stands_last_or_passes_nobody_of_their_agency(
    start: Terms, asked: list[Input]
) -> None:
    for before, one, outcome in played(start, asked):
        if not isinstance(one, Ask) or one.rank or one.id in before.claims:
            continue
        if outcome.facts[-1:] == (Seated(one.id, "asked"),):
            assert not [id_ for id_ in outcome.seating.line if id_[0] == one.agency]
        elif outcome.refusal is None:
            assert outcome.seating.line[-1] == one.id
            assert outcome.facts[-1] == Queued(one.id, len(outcome.seating.line))


@law
@given(terms, inputs())
def test_nobody_is_promoted_unasked_after_closing_nor_asked_after_the_cut_off(
    start: Terms, asked: list[Input]
) -> None:
    for _, one, outcome in played(start, asked):
        until = outcome.seating.terms.seats_until
        for fact in outcome.facts:
            if isinstance(fact, Seated) and fact.way == "promoted":
                assert until is None or one.at < until
            if isinstance(fact, Offered):
                assert one.at < fact.until <= CUT_OFF


@law
@given(terms, inputs(), people)
def test_a_leavers_place_goes_to_exactly_one(start: Terms, asked: list[Input], who: str) -> None:
    at = asked[-1].at if asked else NOW
    seating = replay(start, [*asked, Tick(at)])
    claim = seating.claims.get(who)
    outcome = apply(seating, Release(who, at))
    left = outcome.seating
    if claim is None:
        assert (outcome.refusal, left) == ("has_nothing", seating)
        return
    served = outcome.facts[1:]
    assert outcome.facts[0] == Released(who, claim.holds)
    assert who not in left.claims
    if not claim.takes_seat:
        assert (served, left.taken, left.waiting) == ((), seating.taken, seating.waiting - 1)
        return
    stays = claim.block in left.blocks
    assert len(served) <= (0 if stays else 1)
    assert left.taken_in_all == seating.taken_in_all - (0 if served or stays else 1)


@law
@given(terms, inputs())
def test_the_same_inputs_give_the_same_seats_also_when_they_were_written_down(
    start: Terms, asked: list[Input]
) -> None:
    outcomes = list(steps(start, asked))
    again = read(write(asked))
    assert again == tuple(asked)
    assert list(steps(start, again)) == outcomes
    last = outcomes[-1].seating if outcomes else Seating(start)
    assert replay(start, again) == last


@law
@given(terms, inputs())
def test_what_is_refused_changes_nothing_but_what_was_due(start: Terms, asked: list[Input]) -> None:
    for before, one, outcome in played(start, asked):
        if outcome.refusal:
            due = apply(before, Tick(one.at))
            assert outcome.facts == due.facts[: len(outcome.facts)]
            assert outcome.seating.claims.keys() == due.seating.claims.keys()


@law
@given(terms, inputs(), people)
def test_a_caller_need_not_load_those_whom_nothing_can_happen_to(
    start: Terms, asked: list[Input], who: str
) -> None:
    """Where the line is served, nobody in it may have a free seat: a wish is settled without it."""
    at = asked[-1].at if asked else NOW
    seating = apply(replay(start, asked), Tick(at)).seating
    if how(seating.terms, at) is None:
        return
    claims = {id_: claim for id_, claim in seating.claims.items() if id_ == who}
    line, offered = (tuple(id_ for id_ in ids if id_ == who) for ids in (seating.line, seating.offered))
    alone = replace(seating, claims=claims, line=line, offered=offered)
    whole, part = (apply(one, Ask(who, who[0], at)) for one in (seating, alone))
    assert (part.facts, part.refusal) == (whole.facts, whole.refusal)
    assert (part.seating.taken, part.seating.waiting) == (whole.seating.taken, whole.seating.waiting)
    assert part.seating.claims.get(who) == whole.seating.claims.get(who)


@law
@given(st.integers(0, 5), st.lists(st.tuples(st.booleans(), people), max_size=30), st.integers(1, 4))
def test_the_first_in_line_are_enough_where_there_are_no_quotas(
    seats: int, asked: list[tuple[bool, str]], loaded: int
) -> None:
    """Only so many of the line are known to a batch; whoever joins behind the others is not, until the next
    batch. Where seats are left for those behind, the next batch goes on.
    """
    whole = part = Seating(Terms(seats))
    for number, (asks, who) in enumerate(asked):
        one: Input = Ask(who, who[0], NOW, (number, "")) if asks else Release(who, NOW)
        whole = apply(whole, one).seating
        part = apply(_first(part, loaded), one).seating
        while part.goes_on_unseen:
            part = apply(_first(part, loaded), Tick(NOW)).seating
        part = _first(part, len(PEOPLE))
        assert part == whole


def _first(seating: Seating, count: int) -> Seating:
    """With so many of the line, as a store loads them."""
    waiting = sorted((claim for claim in seating.claims.values() if claim.holds == "waiting"), key=rank_of)
    line = tuple(claim.id for claim in waiting[:count])
    return replace(seating, line=line, unseen=len(waiting) > count)
