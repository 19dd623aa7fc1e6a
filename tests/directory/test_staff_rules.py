"""How records become people, without a database."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.intake.rules.intake import APPLIED, judge
from services.directory.people.rules.merging import Feed, merge
from services.directory.vocabulary import ROLES, code_of
from shared.contracts.staff import StaffRecord, StaffRole

FEED = Feed("csn", "carried")


def record(**changes: Any) -> StaffRecord:
    values: dict[str, Any] = {
        "employee_id": "e1",
        "version": 1,
        "status": "active",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "protected": False,
    }
    return StaffRecord(**{**values, **changes})


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Inköpare", "upphandlare"),
        ("HR-partner", "hr-specialist"),
        ("Verksjurist", "jurist"),
        ("  inköpare ", "upphandlare"),
        ("PROCUREMENT OFFICER", "upphandlare"),
        ("Landshövding", "generaldirektor"),
    ],
)
def test_a_title_as_agencies_write_it_names_the_role(title: str, role: str) -> None:
    assert [held["code"] for held in merge(record(title=title), {}, FEED)["roles"]] == [role]


def test_every_name_in_the_list_means_its_role() -> None:
    for role in ROLES.values():
        assert all(code_of(name) == role.code for name in role.names)


def test_an_assignment_is_not_a_role_and_leaves_the_role_of_the_title() -> None:
    merged = merge(record(title="Verksjurist", roles=("Huvudskyddsombud",)), {}, FEED)
    assert [held["code"] for held in merged["assignments"]] == ["huvudskyddsombud"]
    assert [held["code"] for held in merged["roles"]] == ["jurist"]


def test_an_unknown_word_is_kept_until_somebody_says_what_it_means() -> None:
    unknown = record(roles=("Flygledare",))
    assert merge(unknown, {}, FEED)["unmapped"] == ["Flygledare"]
    mapped = merge(unknown, {}, Feed("csn", "carried", {"flygledare": "utredare"}))
    assert [held["code"] for held in mapped["roles"]] == ["utredare"]
    assert mapped["unmapped"] == []


def test_a_role_keeps_its_dates() -> None:
    held = StaffRole(name="upphandlare", since=date(2026, 1, 1), until=date(2026, 12, 31))
    assert merge(record(roles=(held,)), {}, FEED)["roles"] == [
        {"code": "upphandlare", "since": "2026-01-01", "until": "2026-12-31"}
    ]


@pytest.mark.parametrize(
    ("protection", "flag", "protected"),
    [
        ("carried", True, True),
        ("carried", False, False),
        ("carried", None, True),
        ("left_out", None, False),
        ("left_out", False, False),
        ("left_out", True, True),
        ("undeclared", None, True),
        ("undeclared", False, True),
        ("undeclared", True, True),
    ],
)
def test_protection_fails_closed(protection: Any, flag: bool | None, protected: bool) -> None:
    assert merge(record(protected=flag), {}, Feed("csn", protection))["protected"] is protected


def test_a_feed_never_overwrites_what_a_person_wrote() -> None:
    merged = merge(record(phone="060-1"), {"phone": "070-2", "ask_me_about": ["LOU"]}, FEED)
    assert merged["phone"] == "070-2"
    assert merged["ask_me_about"] == ["LOU"]
    assert merge(record(phone="060-1"), {}, FEED)["phone"] == "060-1"


def test_a_name_written_with_combining_marks_is_the_same_name() -> None:
    assert merge(record(given_name="A\u030asa"), {}, FEED)["given_name"] == "Åsa"


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.randoms())
def test_records_in_any_order_with_duplicates_give_one_result(versions: list[int], random: Any) -> None:
    def outcome(order: list[int]) -> int | None:
        known: int | None = None
        for version in order:
            if judge(version, known, same_content=True) is APPLIED:
                known = version
        return known

    shuffled = [*versions, *versions]
    random.shuffle(shuffled)
    assert outcome(shuffled) == outcome(versions) == max(versions)
