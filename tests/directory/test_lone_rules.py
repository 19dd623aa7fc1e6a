"""When a role is looked at, what becomes of its cards, and which course fits (D18)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.peers.handlers import lone as handlers
from services.directory.peers.rules.lone import Review, due, fits, settle, to_review
from services.directory.people.rules.facts import RolesChanged

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def reviewed(agency: str, seconds_ago: float) -> Review:
    return Review(f"{agency}{seconds_ago}", agency, ("jurist",), NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize(
    ("reviews", "known", "expected"),
    [
        ([], {"csn"}, []),
        ([reviewed("csn", 0.2)], {"csn"}, []),
        ([reviewed("csn", 0.6)], {"csn"}, ["csn"]),
        ([reviewed("csn", 4.9), reviewed("csn", 0.2)], {"csn"}, []),
        ([reviewed("csn", 5.0), reviewed("csn", 0.2)], {"csn"}, ["csn"]),
        ([reviewed("csn", 0.6), reviewed("spv", 0.1)], {"csn", "spv"}, ["csn"]),
        # The first load waits for everybody's, and far longer.
        ([reviewed("csn", 0.6)], set(), []),
        ([reviewed("csn", 3.1)], set(), ["csn"]),
        ([reviewed("csn", 9), reviewed("csn", 3.1), reviewed("spv", 0.1)], set(), []),
        ([reviewed("csn", 601), reviewed("csn", 0.1)], set(), ["csn"]),
    ],
)
def test_a_role_is_looked_at_when_the_feed_is_quiet_but_within_seconds(
    reviews: list[Review], known: set[str], expected: list[str]
) -> None:
    assert due(reviews, frozenset(known), NOW) == expected


@pytest.mark.parametrize(
    ("holders", "cards", "alone", "retire"),
    [
        ([], [], None, ()),
        (["a"], [], "a", ()),
        (["a"], ["a"], None, ()),
        (["a", "b"], ["a"], None, ("a",)),
        ([], ["a"], None, ("a",)),
        (["b"], ["a"], "b", ("a",)),
    ],
)
def test_what_becomes_of_the_cards(
    holders: list[str], cards: list[str], alone: str | None, retire: tuple[str, ...]
) -> None:
    outcome = settle(holders, cards)
    assert (outcome.alone, outcome.retire) == (alone, retire)


@given(st.lists(st.sets(st.sampled_from("abcd"))))
def test_after_every_change_the_only_holder_has_the_only_card(steps: list[set[str]]) -> None:
    cards: set[str] = set()
    for holders in steps:
        outcome = settle(sorted(holders)[:2], cards)
        cards = (cards - set(outcome.retire)) | ({outcome.alone} if outcome.alone else set())
        assert cards == (holders if len(holders) == 1 else set())


def test_only_roles_that_changed_hands_and_are_specialists_are_looked_at() -> None:
    changed = [
        RolesChanged("csn", "a", frozenset({"jurist", "chef"}), frozenset({"jurist"})),
        RolesChanged("csn", "b", frozenset(), frozenset({"ekonom"})),
        RolesChanged("spv", "c", frozenset({"jurist"}), frozenset()),
    ]
    found = to_review(changed, handlers.SPECIALIST)
    assert {agency: set(roles) for agency, roles in found.items()} == {"csn": {"ekonom"}, "spv": {"jurist"}}
    assert not {"chef", "generaldirektor"} & handlers.SPECIALIST


@pytest.mark.parametrize(
    ("changes", "fitting"),
    [
        ({}, True),
        ({"taken": 20}, False),
        ({"audience": {"roles": ["jurist"]}}, True),
        ({"audience": {"roles": ["ekonom"]}}, False),
        ({"audience": {"roles": ["jurist"], "places": ["Malmö"]}}, False),
        ({"max_months": 6}, True),
        ({"max_months": 1}, False),
        ({"min_months": 3, "max_months": 12}, False),
        ({"min_months": 2}, True),
    ],
)
def test_a_course_fits_by_audience_tenure_and_seats(changes: dict[str, Any], fitting: bool) -> None:
    person = {
        "agency": "csn",
        "place": "Sundsvall",
        "specialties": [],
        "groups": [],
        "employed_from": "2026-09-23",
    }
    occasion = {"taken": 3, "seats": 20, "audience": {}, "min_months": None, "max_months": None, **changes}
    assert fits(occasion, person, ["jurist"], date(2026, 11, 23)) is fitting
    unknown = {**person, "employed_from": None}
    by_tenure = bool({"min_months", "max_months"} & set(changes))
    assert fits(occasion, unknown, ["jurist"], date(2026, 11, 23)) is (fitting and not by_tenure)
