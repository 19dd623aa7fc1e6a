"""D13: how many are too many, and what counts as an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.intake.models import Left
from services.directory.intake.rules.leaves import is_mass_leave, left_since, note_left

NOW = datetime(2026, 11, 25, 8, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("leaving", "left", "active", "mass"),
    [
        (5, 0, 5, False),  # not more than five
        (6, 0, 6, True),
        (1, 5, 1, True),
        (6, 0, 120, False),  # exactly 5 %
        (6, 0, 119, True),
        (1, 5, 115, False),  # 6 of the 120 who were there an hour ago
        (1, 5, 114, True),
        (50, 0, 1_000, False),
        (51, 0, 1_000, True),
        (6, 0, 0, True),  # nobody was counted: asking is safer
    ],
)
def test_more_than_five_and_more_than_five_per_cent(leaving: int, left: int, active: int, mass: bool) -> None:
    assert is_mass_leave(leaving, left, active) is mass


def test_what_is_more_than_an_hour_ago_does_not_count() -> None:
    minutes = note_left([], 4, NOW)
    minutes = note_left(minutes, 1, NOW + timedelta(seconds=20))
    assert left_since(minutes, NOW + timedelta(minutes=59)) == 5
    assert left_since(minutes, NOW + timedelta(minutes=62)) == 0
    assert note_left(minutes, 2, NOW + timedelta(hours=3)) == (
        Left(datetime(2026, 11, 25, 11, 0, tzinfo=UTC), 2),
    )


@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 1_800)), max_size=60))
def test_nobody_who_left_within_the_hour_is_forgotten_and_the_document_stays_small(
    leaves: list[tuple[int, int]],
) -> None:
    now, minutes, all_ = NOW, tuple[Left, ...](), list[tuple[datetime, int]]()
    for count, pause in leaves:
        now += timedelta(seconds=pause)
        minutes = note_left(minutes, count, now)
        all_.append((now, count))
        within = sum(number for at, number in all_ if at > now - timedelta(hours=1))
        about = sum(number for at, number in all_ if at > now - timedelta(minutes=62))
        assert within <= left_since(minutes, now) <= about
        assert len(minutes) <= 62
