"""The invented people: the same ones every time, and the ones that the story needs."""

import re
from collections import Counter
from datetime import date

import pytest

from agencynet.people import Invented, invent
from agencynet.people.names import in_address
from agencynet.people.phones import numbers
from shared.contracts.staff import StaffRecord

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def people() -> Invented:
    return invent(1, TODAY)


def test_the_same_run_gives_the_same_people(people: Invented) -> None:
    assert invent(1, TODAY) == people


def test_another_run_gives_others_with_addresses_of_their_own(people: Invented) -> None:
    other = invent(2, TODAY)
    assert not {one.id for one in people.everybody} & {one.id for one in other.everybody}
    assert not {one.email for one in people.everybody} & {one.email for one in other.everybody}


def test_there_are_1200_at_nine_agencies_of_different_sizes(people: Invented) -> None:
    assert len(people.everybody) == 1200
    assert len({len(records) for records in people.staff.values()}) > 5
    assert len(people.staff) == 9


def test_every_record_fits_the_contract(people: Invented) -> None:
    for one in (*people.everybody, *people.hires.values(), people.everybody[0].changed(status="left")):
        StaffRecord.model_validate(one.data(), strict=False)


def test_addresses_are_plain_and_nobody_shares_one(people: Invented) -> None:
    addresses = [one.email for one in (*people.everybody, *people.hires.values())]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z0-9.-]+@[a-z.]+\.example", address) for address in addresses)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Åsa", "asa"),
        ("Kjærgaard", "kjaergaard"),
        ("O'Neill", "oneill"),
        ("Yılmaz", "yilmaz"),
        ("El Khoury", "elkhoury"),
    ],
)
def test_names_are_written_in_addresses_as_people_would(name: str, expected: str) -> None:
    assert in_address(name) == expected


def test_one_at_bolagsverket_buys_alone_and_others_are_alone_too(people: Invented) -> None:
    assert len(people.visible("upphandlare", "bolagsverket")) == 1
    assert people.visible("upphandlare", "bolagsverket")[0] in people.alone
    assert len({one.agency for one in people.alone}) > 5


def test_phones_are_those_kept_free_for_fiction_and_officers_have_their_own(people: Invented) -> None:
    assert {one.phone for one in people.everybody} <= set(numbers())
    officers = [one.phone for one in people.visible("upphandlare")]
    assert len(set(officers)) == len(officers)


def test_a_few_are_protected_and_some_read_english(people: Invented) -> None:
    assert 5 <= sum(one.protected for one in people.everybody) <= 30
    assert {one.language for one in people.visible("upphandlare")} == {"sv", "en"}


def test_some_are_new_and_some_have_an_anniversary(people: Invented) -> None:
    years = Counter((TODAY - one.employed_from).days // 365 for one in people.everybody)
    assert years[0] > 60
    assert all(years[anniversary] > 10 for anniversary in (5, 10, 20))
