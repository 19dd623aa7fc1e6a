"""E5, C8, C20: what is done by hand, blocks of seats without names, and swaps."""

from dataclasses import replace

import pytest

from shared.seats.facts import Moved, Refusal, Released, Reserved, Returned, Seated
from shared.seats.inputs import Alter, Ask, Give, GiveBack, Input, Move, Name, Release, Reserve, Swap, Tick
from shared.seats.models import Seating, Terms, Window
from shared.seats.promotion import next_due
from tests.seats.scenes import (
    CLOSES,
    DAY,
    NOW,
    OFFERS,
    after,
    asking,
    facts,
    holding,
    quotas,
    refusal,
    what,
)

NAMED_BY = NOW + 7 * DAY


def block(seats: int, agency: str = "a") -> Reserve:
    return Reserve("block", agency, seats, NAMED_BY, NOW)


@pytest.fixture
def line() -> Seating:
    return after(Terms(1), asking("a1", "b1", "c1", "d1", "e1"))


@pytest.mark.parametrize(
    ("who", "to", "expected"),
    [
        ("e1", 1, ("e1", "b1", "c1", "d1")),
        ("b1", 4, ("c1", "d1", "e1", "b1")),
        ("d1", 2, ("b1", "d1", "c1", "e1")),
        ("c1", 3, ("b1", "d1", "c1", "e1")),
    ],
)
def test_somebody_is_moved_and_the_others_keep_their_order(
    line: Seating, who: str, to: int, expected: tuple[str, ...]
) -> None:
    moved = after(line, Move(who, to, "  medlem i styrgruppen ", NOW))
    assert facts(line, Move(who, to, "  x ", NOW)) == (Moved(who, to, "x"),)
    assert moved.line == expected
    # The ranks are shared out again, so that whoever comes later still stands behind.
    assert sorted(moved.claims[id_].rank or () for id_ in expected) == [(n, "") for n in (1, 2, 3, 4)]
    assert [moved.claims[id_].rank for id_ in expected] == [(n, "") for n in (1, 2, 3, 4)]
    assert after(moved, asking("f1")).line == (*expected, "f1")
    promoted = after(moved, Release("a1", NOW))
    assert holding(promoted, "seated") == [expected[0]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Move("c1", 1, " ", NOW), "reason_missing"),
        (Move("a1", 1, "x", NOW), "not_in_line"),
        (Move("z1", 1, "x", NOW), "not_in_line"),
        (Move("c1", 0, "x", NOW), "no_such_place"),
        (Move("c1", 5, "x", NOW), "no_such_place"),
        (Move("c1", 4, "x", NOW), None),
    ],
)
def test_nobody_is_moved_without_a_reason(line: Seating, asked: Input, expected: Refusal | None) -> None:
    assert refusal(line, asked) == expected


def test_a_move_to_where_they_stand_changes_nothing(line: Seating) -> None:
    assert what(line, Move("c1", 2, "x", NOW)).facts == ()
    assert after(line, Move("c1", 2, "x", NOW)) == line


def test_a_seat_given_by_hand_has_a_reason_and_passes_the_line() -> None:
    closed = after(Terms(1, seats_until=CLOSES), asking("a1", "b1", "c1"), Release("a1", CLOSES))
    given = after(closed, Give("c1", "c", " föreläser ", CLOSES))
    assert facts(closed, Give("c1", "c", " föreläser ", CLOSES)) == (Seated("c1", "given", "föreläser"),)
    assert (given.line, given.waiting, given.taken, given.claims["c1"].rank) == (("b1",), 1, {"c": 1}, None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Give("b1", "b", "", NOW), "reason_missing"),
        (Give("a1", "a", "x", NOW), "has_seat_already"),
        (Give("b1", "b", "x", NOW), "full"),
        (Give("n1", "n", "x", NOW), "full"),
        (Give("n1", "n", "x", NOW, extra=True), None),
    ],
)
def test_what_is_not_given_by_hand(line: Seating, asked: Input, expected: Refusal | None) -> None:
    assert refusal(line, asked) == expected


def test_a_seat_kept_for_an_agency_is_not_given_to_another_by_hand() -> None:
    seating = after(Terms(1, quotas({"a": 1})), asking("b1"))
    assert refusal(seating, Give("b1", "b", "x", NOW)) == "kept_for_others"
    # What somebody's agency is, is known where they wait.
    assert refusal(seating, Give("b1", "a", "x", NOW)) == "kept_for_others"
    assert facts(seating, Give("a1", "a", "x", NOW)) == (Seated("a1", "given", "x"),)


def test_an_extra_seat_is_one_more_and_only_one(line: Seating) -> None:
    given = after(line, Give("n1", "n", "x", NOW, extra=True))
    assert (given.terms.seats, given.taken, given.line) == (2, {"a": 1, "n": 1}, line.line)
    assert after(Terms(None), Give("n1", "n", "x", NOW, extra=True)).terms.seats is None


def test_an_extra_seat_that_uses_a_quota_leaves_another_to_the_line() -> None:
    seating = after(Terms(2, quotas({"a": 1})), asking("b1", "b2"))
    assert facts(seating, Give("a1", "a", "x", NOW, extra=True)) == (
        Seated("a1", "given", "x"),
        Seated("b2", "promoted"),
    )


def test_a_seat_that_is_offered_can_be_given_to_the_same_person_by_hand() -> None:
    offered = after(
        Terms(1, seats_until=NOW, offers=OFFERS), asking("a1", "b1"), Release("a1", NOW), asking("c1")
    )
    assert holding(offered, "offered") == ["b1"]
    given = after(offered, Give("b1", "b", "ringde", NOW))
    assert (given.offered, given.taken, given.claims["b1"].until) == ((), {"b": 1}, None)


def test_a_block_takes_seats_before_anybody_is_named() -> None:
    seating = after(Terms(4), asking("b1"), block(3))
    assert facts(Terms(4), block(3)) == (Reserved("block", 3),)
    assert (seating.taken, seating.is_full) == ({"a": 3, "b": 1}, True)
    assert (holding(seating, "seated"), next_due(seating)) == (["b1"], NAMED_BY)
    assert after(seating, block(3)) == seating


@pytest.mark.parametrize(
    ("terms", "asked", "expected"),
    [
        (Terms(2), block(2), None),
        (Terms(2), block(3), "full"),
        (Terms(2), block(0), "no_unnamed_seat"),
        (Terms(None), block(500), None),
        (Terms(4, quotas({"b": 2})), block(3), "kept_for_others"),
        (Terms(4, quotas({"a": 3})), block(4), None),
        (Terms(2), Reserve("block", "a", 1, NOW, NOW), "day_is_past"),
        (Terms(2, windows=(Window(NOW + DAY),)), block(1), "not_open_yet"),
        (Terms(2, held=False), block(1), "not_held"),
    ],
)
def test_when_an_agency_gets_a_block(terms: Terms, asked: Input, expected: Refusal | None) -> None:
    assert refusal(terms, asked) == expected


def test_a_block_passes_nobody_in_line() -> None:
    closed = after(Terms(1, seats_until=NOW), asking("b1", "c1"), Release("b1", NOW))
    assert refusal(closed, block(1)) == "others_wait"
    assert refusal(replace(closed, unseen=True, line=()), block(1)) == "others_wait"


def test_a_block_is_named_one_by_one_also_when_registration_is_closed() -> None:
    seating = after(Terms(2, windows=(Window(closes_at=NOW + DAY),)), block(2), asking("a9"))
    assert facts(seating, Name("block", "a1", NOW + 2 * DAY)) == (Seated("a1", "named"),)
    named = after(seating, Name("block", "a1", NOW), Name("block", "a9", NOW), Name("block", "a1", NOW))
    assert (named.taken, named.blocks["block"].unnamed, named.line) == ({"a": 2}, 0, ())
    assert named.claims["a9"].block == "block"
    assert refusal(named, Name("block", "a3", NOW)) == "no_unnamed_seat"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Name("other", "a1", NOW), "no_such_block"),
        (Name("block", "b1", NOW), "other_agency"),
        (Name("block", "a1", NOW), "has_seat_already"),
        (Name("block", "a2", NAMED_BY), "no_such_block"),
        (Name("block", "a2", NAMED_BY - DAY), None),
        (GiveBack("other", 1, NOW), "no_such_block"),
        (GiveBack("block", 3, NOW), "no_unnamed_seat"),
        (GiveBack("block", 0, NOW), "no_unnamed_seat"),
        (GiveBack("block", 2, NOW), None),
    ],
)
def test_what_an_agency_can_t_do_with_its_block(asked: Input, expected: Refusal | None) -> None:
    seating = after(Terms(4), asking("a1", "b1"), block(2))
    assert refusal(seating, asked) == expected


def test_seats_that_have_no_name_on_the_day_go_back_to_the_line() -> None:
    seating = after(Terms(3), block(3), Name("block", "a1", NOW), asking("b1", "c1", "d1"))
    assert facts(seating, Tick(NAMED_BY - DAY / 2)) == ()
    assert facts(seating, Tick(NAMED_BY)) == (
        Returned("block", 2),
        Seated("b1", "promoted"),
        Seated("c1", "promoted"),
    )
    over = after(seating, Tick(NAMED_BY))
    assert (over.blocks, over.taken, over.line) == ({}, {"a": 1, "b": 1, "c": 1}, ("d1",))


def test_an_agency_gives_back_what_it_does_not_need() -> None:
    seating = after(Terms(3), block(3), asking("b1", "c1"))
    assert facts(seating, GiveBack("block", 1, NOW)) == (Returned("block", 1), Seated("b1", "promoted"))
    assert after(seating, GiveBack("block", 3, NOW)).taken == {"b": 1, "c": 1}


def test_a_named_seat_that_is_given_back_stays_with_the_agency_until_the_day() -> None:
    seating = after(Terms(1), block(1), Name("block", "a1", NOW), asking("b1"))
    assert facts(seating, Release("a1", NOW)) == (Released("a1", "seated"),)
    kept = after(seating, Release("a1", NOW))
    assert (kept.blocks["block"].unnamed, kept.taken, kept.line) == (1, {"a": 1}, ("b1",))
    assert facts(seating, Release("a1", NAMED_BY))[-1] == Seated("b1", "promoted")


def test_a_colleague_takes_over_a_seat() -> None:
    seating = after(Terms(2), block(1), Name("block", "a1", NOW), asking("b1", "c1", "a2"))
    assert facts(seating, Swap("a1", "a2", "a", CLOSES))[-2:] == (
        Released("a1", "seated"),
        Seated("a2", "swapped"),
    )
    swapped = after(seating, Swap("a1", "a2", "a", NOW))
    assert (holding(swapped, "seated"), swapped.line, swapped.waiting) == (["a2", "b1"], ("c1",), 1)
    assert (swapped.taken, swapped.claims["a2"].block) == (seating.taken, "block")
    assert holding(after(seating, Swap("a1", "a7", "a", NOW)), "seated") == ["a7", "b1"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Swap("z1", "a3", "a", NOW), "has_nothing"),
        (Swap("c1", "c2", "c", NOW), "has_nothing"),
        (Swap("a1", "b9", "b", NOW), "other_agency"),
        (Swap("a1", "c1", "a", NOW), "other_agency"),
        (Swap("a1", "a2", "a", NOW), "has_seat_already"),
    ],
)
def test_a_seat_is_swapped_within_an_agency_only(asked: Input, expected: Refusal) -> None:
    seating = after(Terms(2), asking("a1", "a2", "c1"))
    assert refusal(seating, asked) == expected


def test_nothing_is_done_by_hand_in_what_is_not_held(line: Seating) -> None:
    off = after(line, Alter(Terms(1, held=False), NOW))
    for asked in (Give("n1", "n", "x", NOW), Swap("a1", "a2", "a", NOW), Ask("a1", "a", NOW)):
        assert refusal(off, asked) == "not_held"
