"""What an occasion must be like: every wrong field by its name."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.courses.models.documents import start_of
from services.courses.rules.occasions import problems
from tests.courses.builders import NOW, an_occasion

AGENCIES = {"csn", "msb", "spv"}
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
BEGINS = start_of(date(2027, 2, 1))
BEFORE_THE_FIRST_DAY = "should be before the first day, 2027-02-01"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {}),
        ({"quotas": {"csn": 4, "spv": 6}}, {}),
        ({"quotas": {"csn": 5, "spv": 6}}, {"quotas": "they sum to 11, and there are 10 seats"}),
        ({"quotas": {"xyz": 1, "abc": 99, "csn": 1}}, {"quotas": "not in the network: abc, xyz"}),
        ({"minimum": 10}, {}),
        ({"minimum": 11}, {"minimum": "is 11, and there are 10 seats"}),
        ({"days": (TOMORROW,)}, {}),
        ({"days": (date(2027, 2, 1), TODAY)}, {"days": "should be after today"}),
        ({"days": (TOMORROW, TOMORROW)}, {"days": "the same day comes twice"}),
        ({"quotas_open_at": BEGINS}, {"quotas_open_at": BEFORE_THE_FIRST_DAY}),
        ({"decision_at": BEGINS}, {"decision_at": BEFORE_THE_FIRST_DAY}),
        ({"cancel_until": BEGINS}, {"cancel_until": BEFORE_THE_FIRST_DAY}),
        ({"cancel_until": BEGINS - timedelta(seconds=1)}, {}),
        (
            {"minimum": 11, "cancel_until": BEGINS, "quotas": {"xyz": 1}},
            {
                "minimum": "is 11, and there are 10 seats",
                "cancel_until": BEFORE_THE_FIRST_DAY,
                "quotas": "not in the network: xyz",
            },
        ),
    ],
)
def test_a_new_occasion_names_every_field_that_is_wrong(
    fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    found = problems(an_occasion(**fields), NOW, AGENCIES)
    assert {name: str(each) for name, each in found.items()} == wrong


OPENED = NOW - timedelta(days=1)
KEPT = "too many seats are taken already for all of these to be kept"


@pytest.mark.parametrize(
    ("before", "changes", "wrong"),
    [
        ({}, {"days": (date(2027, 3, 1),)}, {}),
        (
            {"taken_by_agency": {"csn": 1}},
            {"days": (date(2027, 3, 1),)},
            {"days": "people have enrolled for these days; cancel the occasion and make another"},
        ),
        (
            {"waiting": 1},
            {"days": (date(2027, 3, 1),)},
            {"days": "people have enrolled for these days; cancel the occasion and make another"},
        ),
        ({"days": (TODAY,)}, {"place": "Ånge"}, {}),
        ({"taken_by_agency": {"csn": 3}}, {"seats": 3}, {}),
        ({"taken_by_agency": {"csn": 3}}, {"seats": 2}, {"seats": "3 are taken"}),
        ({"taken_by_agency": {"msb": 8}}, {"quotas": {"csn": 2}}, {}),
        ({"taken_by_agency": {"msb": 8}}, {"quotas": {"csn": 3}}, {"quotas": KEPT}),
        ({"taken_by_agency": {"csn": 8}}, {"quotas": {"csn": 8, "spv": 2}}, {}),
        (
            {"quotas": {"csn": 2}, "quotas_opened": True, "quotas_open_at": OPENED},
            {"quotas": {"csn": 3}, "quotas_open_at": NOW},
            {
                "quotas": f"the quotas opened to all at {OPENED}",
                "quotas_open_at": f"the quotas opened to all at {OPENED}",
            },
        ),
        (
            {"quotas": {"csn": 2}, "quotas_opened": True, "quotas_open_at": OPENED},
            {"place": "Ånge"},
            {},
        ),
    ],
)
def test_what_people_were_promised_stays(
    before: dict[str, Any], changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    was = an_occasion(**before)
    found = problems(was.model_copy(update=changes), NOW, AGENCIES, was)
    assert {name: str(each) for name, each in found.items()} == wrong
