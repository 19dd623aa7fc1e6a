"""Whom others see: the rule for one person and the query for many say the same."""

from itertools import product

import pytest

from services.directory.people.rules.visibility import VISIBLE, is_visible


@pytest.mark.parametrize(
    ("status", "protected", "public"), list(product(("active", "left"), (False, True), (False, True)))
)
def test_the_rule_finds_visible_whom_the_query_finds(status: str, protected: bool, public: bool) -> None:
    person = {"status": status, "protected": protected, "public": public}
    assert is_visible(person) is (person == VISIBLE)


def test_somebody_at_work_is_visible() -> None:
    assert is_visible({"status": "active", "protected": False, "public": True})
