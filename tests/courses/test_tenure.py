"""Time employed, and whom a course is recommended to."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.courses.models.documents import day_of
from services.courses.rules import recommendations, tenure
from shared.contracts.events import Audience
from shared.contracts.types import Held
from tests.courses.builders import NOW, a_course, an_occasion
from tests.harness import a_person

DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
TODAY = day_of(NOW)


@pytest.mark.parametrize(
    ("start", "today", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 15), date(2026, 1, 15), 0),
        (date(2026, 1, 15), date(2026, 1, 14), -1),
        (date(2021, 11, 23), date(2026, 11, 23), 60),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
    ],
)
def test_whole_months_employed(start: date, today: date, months: int) -> None:
    assert tenure.months_employed(start, today) == months


@pytest.mark.parametrize("start", [date.min, date.max])
def test_start_dates_at_the_ends_of_the_calendar_do_no_harm(start: date) -> None:
    assert tenure.fits(start, 0, 6, TODAY) is False
    assert tenure.months_employed(start, TODAY)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(9999, 1, 31), 11, date(9999, 12, 31)),
        (date(9999, 1, 31), 12, date.max),
        (date(1, 1, 31), 0, date(1, 1, 31)),
        (date(1, 1, 31), -1, date.min),
    ],
)
def test_months_end_where_the_calendar_does(day: date, months: int, expected: date) -> None:
    assert tenure.add_months(day, months) == expected


@pytest.mark.parametrize(
    ("shortest", "longest", "since", "earliest", "latest"),
    [
        (None, None, None, date.min, date(2026, 11, 27)),
        (60, None, None, date.min, date(2021, 11, 27)),
        (None, 6, None, date(2026, 5, 19), date(2026, 11, 27)),
        # Who began since yesterday, and was not found then.
        (None, 6, date(2026, 11, 22), date(2026, 11, 18), date(2026, 11, 27)),
        (60, None, date(2026, 11, 22), date(2021, 11, 18), date(2021, 11, 27)),
        (None, 6, date(2025, 1, 1), date(2026, 5, 19), date(2026, 11, 27)),
    ],
)
def test_the_search_range_is_four_days_too_wide_at_each_end(
    shortest: int | None, longest: int | None, since: date | None, earliest: date, latest: date
) -> None:
    assert tenure.starts_that_fit(shortest, longest, TODAY, since) == (earliest, latest)


@example(start=date(2026, 1, 31), today=date(2026, 2, 28), shortest=1, longest=None, since=None)
@example(start=date(2026, 1, 31), today=date(2026, 2, 28), shortest=1, longest=1, since=1)
@example(start=date(2025, 8, 31), today=date(2026, 2, 28), shortest=None, longest=6, since=None)
@given(
    start=DAYS,
    today=DAYS,
    shortest=st.none() | st.integers(0, 240),
    longest=st.none() | st.integers(0, 240),
    since=st.none() | st.integers(1, 400),
)
def test_the_search_range_misses_nobody(
    start: date, today: date, shortest: int | None, longest: int | None, since: int | None
) -> None:
    """Everybody who fits today and did not yet fit when the last search was made is in the range."""
    before = today - timedelta(days=since) if since else None
    earliest, latest = tenure.starts_that_fit(shortest, longest, today, before)
    newly = before is None or tenure.fits_from(start, shortest) > before
    if tenure.fits(start, shortest, longest, today) and newly:
        assert earliest <= start <= latest


@pytest.mark.parametrize(
    ("course", "person", "expected"),
    [
        ({"min_months": 0, "max_months": 6}, {"employed_from": TODAY}, True),
        ({"min_months": 0, "max_months": 6}, {"employed_from": TODAY + timedelta(days=1)}, False),
        ({"min_months": 0, "max_months": 6}, {"employed_from": date(2026, 5, 23)}, True),
        ({"min_months": 0, "max_months": 6}, {"employed_from": date(2026, 5, 22)}, False),
        ({"min_months": 0, "max_months": 6}, {"employed_from": None}, False),
        ({"min_months": 60}, {"employed_from": date(2021, 11, 23)}, True),
        ({"min_months": 60}, {"employed_from": date(2021, 11, 24)}, False),
        ({}, {"employed_from": TODAY}, False),
        ({"max_months": 6}, {"employed_from": TODAY, "status": "left"}, False),
        ({"max_months": 6, "audience": Audience(agencies=("csn",))}, {"employed_from": TODAY}, False),
        ({"max_months": 6, "audience": Audience(roles=("upphandlare",))}, {"employed_from": TODAY}, True),
    ],
)
def test_whom_a_course_fits(course: dict[str, Any], person: dict[str, Any], expected: bool) -> None:
    assert recommendations.fits(a_course(**course), a_person("spv", **person), NOW) is expected


def test_the_next_occasion_is_the_first_with_a_seat_for_the_agency() -> None:
    full = an_occasion(id="full", seats=1, taken_by_agency={"csn": 1}, days=(date(2027, 1, 10),))
    kept = an_occasion(id="kept", seats=1, quotas={"csn": 1}, days=(date(2027, 1, 11),))
    free = an_occasion(id="free", days=(date(2027, 1, 12),))
    begun = an_occasion(id="begun", days=(TODAY,))
    off = an_occasion(id="off", cancelled=True)
    found = recommendations.next_occasion([free, begun, off, kept, full], "spv", NOW)
    assert found is free
    assert recommendations.next_occasion([begun, off, kept, full], "spv", NOW) is full
    assert recommendations.next_occasion([begun, off], "spv", NOW) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"employed_from": TODAY}, True),
        ({"place": "Östersund"}, True),
        ({"status": "left"}, True),
        ({"agency": "spv"}, True),
        ({"roles": ()}, True),
        ({"assignments": (Held(code="hso"),)}, True),
        ({"specialties": ("ramavtal",)}, True),
        ({"groups": ("g",)}, True),
        ({"phone": "+46 60 1"}, False),
        ({"title": "Chef"}, False),
    ],
)
def test_which_changes_may_make_a_course_fit(changes: dict[str, Any], expected: bool) -> None:
    before = a_person("csn", "x")
    assert recommendations.concerns(before, before.model_copy(update=changes)) is expected
    assert recommendations.concerns(None, before)
