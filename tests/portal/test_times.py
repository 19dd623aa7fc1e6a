"""A meeting's time on the page: by the clock where the meeting is, as its mails have it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.mail.words import Words
from services.portal.web.speech import Speech

CASES = [
    ("2026-12-03T12:00:00Z", "2026-12-03T14:00:00Z", "Europe/Stockholm"),
    ("2026-12-03T12:00:00Z", "2026-12-03T14:00:00Z", "Europe/Helsinki"),
    ("2026-12-03T22:30:00Z", "2026-12-03T23:30:00Z", "Asia/Tokyo"),
    ("2026-12-03T22:30:00Z", "2026-12-04T22:30:00Z", "Europe/Stockholm"),
    ("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "Europe/Stockholm"),
    ("2027-10-31T01:30:00Z", "2027-10-31T03:30:00Z", "Europe/Stockholm"),
    ("2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "Europe/Stockholm"),
]


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(("starts", "ends", "zone"), CASES)
def test_page_and_mail_say_one_time(language: Any, starts: str, ends: str, zone: str) -> None:
    shown = Speech(language, {}, {}).when(starts, ends, zone).replace("\u2060", "")
    start, end = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    assert shown.casefold() == Words(language, {}).when(start, end, zone).casefold()
    assert ("(" in shown) == (zone != "Europe/Stockholm" or start.date().month in {3, 10})


def test_the_hour_that_comes_twice_says_which_it_is() -> None:
    speech = Speech("sv", {}, {})
    first = speech.when("2027-10-31T00:15:00Z", "2027-10-31T00:45:00Z", "Europe/Stockholm")
    second = speech.when("2027-10-31T01:15:00Z", "2027-10-31T01:45:00Z", "Europe/Stockholm")
    assert "sommartid" in first
    assert "normaltid" in second


@pytest.mark.parametrize(
    ("opens", "closes", "answers"),
    [
        (None, None, "open"),
        ("2027-01-01T08:00:00Z", None, "open"),
        ("2027-01-01T08:00:01Z", None, "not_yet"),
        (None, "2027-01-01T08:00:01Z", "open"),
        (None, "2027-01-01T08:00:00Z", "closed"),
    ],
)
def test_a_page_asks_for_a_yes_while_one_is_taken(
    opens: str | None, closes: str | None, answers: str
) -> None:
    now = datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert Speech("sv", {}, {}).answers({"opens_at": opens, "closes_at": closes}, now) == answers
