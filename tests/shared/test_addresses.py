"""Addresses are compared in one form, and belong to the agency with the nearest domain."""

import pytest

from shared.formats.addresses import canonical, is_in, owner

DOMAINS = {"bv": "bolagsverket.example", "bv-lab": "lab.bolagsverket.example", "oru": "örebro.example"}


@pytest.mark.parametrize(
    "written",
    [
        "Anna.Berg@Bolagsverket.EXAMPLE",
        "anna.berg@ｂolagsverket.example",
        "anna.berg@bo\u034flagsverket.example",
        "an\u034fna.berg@bolagsverket.example",
        "anna.berg@bolagsverket.example.",
        "ａnna.berg@bolagsverket。example",
        "anna\u00ad.berg@bolags\u200bverket.example",
        "anna.berg\ufe0f@bolagsverket.example",
        " anna.berg@bolagsverket.example ",
    ],
)
def test_one_mailbox_has_one_form_however_it_is_written(written: str) -> None:
    assert canonical(written) == "anna.berg@bolagsverket.example"
    assert owner(written, DOMAINS) == "bv"


@pytest.mark.parametrize(
    "other",
    [
        "anna.berg@bоlagsverket.example",  # a Cyrillic о
        "anna-berg@bolagsverket.example",
        "änna.berg@bolagsverket.example",
        "annaberg@bolagsverket.example",
    ],
)
def test_what_looks_alike_is_not_the_same(other: str) -> None:
    assert canonical(other) != canonical("anna.berg@bolagsverket.example")


def test_a_domain_of_its_own_letters_is_the_same_in_ascii() -> None:
    ascii_form = canonical("a@örebro.example")
    assert ascii_form.isascii()
    for written in ("a@ÖREBRO.example", "a@o\u0308rebro.example", ascii_form):
        assert canonical(written) == ascii_form
        assert owner(written, DOMAINS) == "oru"


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("a@lab.bolagsverket.example", "bv-lab"),
        ("a@x.lab.bolagsverket.example", "bv-lab"),
        ("a@kansli.bolagsverket.example", "bv"),
        ("a@notbolagsverket.example", None),
        ("a@example", None),
        ("", None),
        ("a@", None),
        ("a@..", None),
    ],
)
def test_an_address_is_whose_domain_is_nearest(address: str, whose: str | None) -> None:
    assert owner(address, DOMAINS) == whose


def test_no_domain_holds_nothing() -> None:
    assert not is_in("a@b.example", "")
    assert not is_in("a@", "")
