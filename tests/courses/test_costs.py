"""Cost shares and savings, to the öre."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.courses.models.documents import Baseline
from services.courses.rules import costs, savings
from services.courses.rules.savings import Span
from shared.contracts.courses import CostKey
from tests.courses.builders import NOW

SLUGS = st.text("abcdefgh-", min_size=1, max_size=8)
KEYS: list[CostKey] = ["seat", "headcount", "equal", "host_free"]


@pytest.mark.parametrize(
    ("key", "seats", "headcounts", "expected"),
    [
        ("seat", {"csn": 2, "spv": 1}, {}, {"csn": 67, "spv": 33}),
        ("seat", {"csn": 1, "msb": 1, "spv": 1}, {}, {"csn": 34, "msb": 33, "spv": 33}),
        ("seat", {}, {}, {"csn": 100}),
        ("equal", {"csn": 9, "spv": 1}, {}, {"csn": 50, "spv": 50}),
        ("headcount", {"csn": 1, "spv": 1}, {"csn": 300, "spv": 100}, {"csn": 75, "spv": 25}),
        ("headcount", {"csn": 1, "spv": 1}, {}, {"csn": 50, "spv": 50}),
        ("host_free", {"csn": 8, "msb": 1, "spv": 2}, {}, {"csn": 0, "msb": 33, "spv": 67}),
        ("host_free", {"csn": 8}, {}, {"csn": 100}),
    ],
)
def test_how_the_cost_falls(
    key: CostKey, seats: dict[str, int], headcounts: dict[str, int], expected: dict[str, int]
) -> None:
    assert costs.shares(100, key, "csn", seats, headcounts) == expected


@given(
    cost=st.integers(0, 10**12),
    key=st.sampled_from(KEYS),
    host=SLUGS,
    seats=st.dictionaries(SLUGS, st.integers(0, 10_000), max_size=12),
    headcounts=st.dictionaries(SLUGS, st.integers(0, 100_000), max_size=12),
)
def test_shares_sum_to_the_cost(
    cost: int, key: CostKey, host: str, seats: dict[str, int], headcounts: dict[str, int]
) -> None:
    taking = costs.participants(seats, {})
    shares = costs.shares(cost, key, host, taking, headcounts)
    assert sum(shares.values()) == cost
    assert min(shares.values()) >= 0
    assert set(shares) == set(taking) or set(shares) == {host}


@given(
    st.integers(0, 10**9),
    st.dictionaries(SLUGS, st.integers(0, 50), min_size=1).filter(lambda w: sum(w.values()) > 0),
)
def test_no_share_is_more_than_an_ore_from_its_exact_part(cost: int, weights: dict[str, int]) -> None:
    shares = costs.divide(cost, weights)
    total = sum(weights.values())
    assert all(abs(shares[a] * total - cost * w) < total for a, w in weights.items())
    assert shares == costs.divide(cost, dict(reversed(weights.items())))


def test_before_anybody_is_enrolled_the_quotas_tell_who_shares() -> None:
    assert costs.participants({}, {"csn": 4, "spv": 0}) == {"csn": 4}
    assert costs.participants({"msb": 1}, {"csn": 4}) == {"msb": 1}


def test_equal_parts_weigh_one_each() -> None:
    assert costs.weights("equal", "csn", {"csn": 9, "spv": 1}, {}) == {"csn": 1, "spv": 1}
    assert costs.weights("headcount", "csn", {"csn": 9, "spv": 1}, {"msb": 5}) == {"csn": 1, "spv": 1}
    assert costs.weights("host_free", "csn", {"csn": 9}, {}) == {"csn": 1}
    assert costs.weights("seat", "csn", {}, {}) == {"csn": 1}


def test_a_weight_below_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive"):
        costs.divide(100, {"csn": 3, "spv": -1})


def test_savings_are_added_up_at_each_end_alone() -> None:
    assert savings.total([Span(-100, 50), Span(300, 700)]) == Span(200, 750)
    assert savings.total([]) == Span(0, 0)


def test_nothing_to_divide_by_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive"):
        costs.divide(100, {"csn": 0})


BASELINE = Baseline(
    id="c/csn",
    version=1,
    course_id="c",
    agency="csn",
    low_ore=400,
    high_ore=600,
    signed_by="system",
    signed_at=NOW,
)


@pytest.mark.parametrize(
    ("share", "seats", "baseline", "expected"),
    [
        (100, 4, BASELINE, Span(300, 500)),
        (500, 4, BASELINE, Span(-100, 100)),
        (100, 4, None, None),
        # Who had nobody there saved nothing by it, whatever it would have cost alone.
        (100, 0, BASELINE, Span(-100, -100)),
        (0, 0, None, Span(0, 0)),
    ],
)
def test_what_was_saved(share: int, seats: int, baseline: Baseline | None, expected: Span | None) -> None:
    [counting] = savings.count_classes([(seats, 30)])
    assert savings.saving(share, counting, baseline) == expected


@pytest.mark.parametrize(
    ("occasions", "own_classes"),
    [
        ([], []),
        ([(1, 30), (1, 30), (1, 30)], [1, 0, 0]),
        ([(20, 30), (10, 30), (1, 30)], [1, 0, 1]),
        ([(25, 30), (10, 30), (24, 30)], [1, 1, 0]),
        ([(0, 30), (2, 30)], [0, 1]),
        # A small room fills up at once; a large one later holds what is left over.
        ([(3, 2), (4, 5)], [2, 1]),
        ([(61, 30)], [3]),
    ],
)
def test_seats_count_by_the_classes_they_would_have_needed(
    occasions: list[tuple[int, int]], own_classes: list[int]
) -> None:
    counted = savings.count_classes(occasions)
    assert [one.own_classes for one in counted] == own_classes
    for at, one in enumerate(counted):
        assert one.seats_before == sum(seats for seats, _ in occasions[:at])


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2027", date(2027, 1, 1), date(2028, 1, 1)),
        ("2027-02", date(2027, 2, 1), date(2027, 3, 1)),
        ("2027-12", date(2027, 12, 1), date(2028, 1, 1)),
    ],
)
def test_periods_are_years_and_months(period: str, first: date, after: date) -> None:
    assert savings.bounds(period) == (first, after)
