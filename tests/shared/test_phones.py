"""One reading of a telephone number, in a table."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencynet.people import phones as invented
from shared.formats.phones import first, numbers


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("060-18 40 00", ["tel:+4660184000"]),
        ("+46 (0)60-18 40 00", ["tel:+4660184000"]),
        ("+46(0)60184000", ["tel:+4660184000"]),
        ("+46 060 18 40 00", ["tel:+4660184000"]),
        ("0046 60 18 40 00", ["tel:+4660184000"]),
        ("0046 (0)60-184000", ["tel:+4660184000"]),
        ("4660184000", ["tel:+4660184000"]),
        ("(060) 18 40 00", ["tel:+4660184000"]),
        ("060/18 40 00", ["tel:+4660184000"]),
        ("060.18.40.00", ["tel:+4660184000"]),
        ("060–18\N{NO-BREAK SPACE}40\N{NO-BREAK SPACE}00", ["tel:+4660184000"]),
        ("060\N{MINUS SIGN}184000", ["tel:+4660184000"]),
        ("060-18 40 00 ankn 123", ["tel:+4660184000;ext=123"]),
        ("060-18 40 00 ankn. 123", ["tel:+4660184000;ext=123"]),
        ("060-18 40 00, ext 123", ["tel:+4660184000;ext=123"]),
        ("060-18 40 00 x123", ["tel:+4660184000;ext=123"]),
        ("060-18 40 00 anknytning: 123", ["tel:+4660184000;ext=123"]),
        ("060-18 40 00 vx", ["tel:+4660184000"]),
        ("060-18 40 00 (vx)", ["tel:+4660184000"]),
        ("Växel 060-18 40 00 ankn 12", ["tel:+4660184000;ext=12"]),
        ("tel: 060-18 40 00", ["tel:+4660184000"]),
        ("060-18 40 00, 070-174 06 05", ["tel:+4660184000", "tel:+46701740605"]),
        ("060-18 40 00 / 070-174 06 05", ["tel:+4660184000", "tel:+46701740605"]),
        ("060-18 40 00/070-174 06 05", ["tel:+4660184000", "tel:+46701740605"]),
        ("060-18 40 00 eller 070-174 06 05", ["tel:+4660184000", "tel:+46701740605"]),
        ("060-18 40 00/01", ["tel:+4660184000"]),
        ("+358 9 123 456", ["tel:+3589123456"]),
        ("+44 (0)20 7946 0000", ["tel:+442079460000"]),
        ("00358 9 123 456", ["tel:+3589123456"]),
        ("ankn 12", []),
        ("112", []),
        ("4711", []),
        ("0", []),
        ("Ring växeln", []),
        ("", []),
    ],
)
def test_a_number_is_dialled_as_it_was_meant(written: str, dialled: list[str]) -> None:
    assert [number.uri for number in numbers(written)] == dialled


def test_a_number_is_shown_to_swedes_and_to_others() -> None:
    number = first("0046 60 18 40 00 ankn 123")
    assert number is not None
    assert (number.shown(at_home=True), number.shown(at_home=False)) == (
        "060-18 40 00 ankn 123",
        "+46 60 18 40 00 ext. 123",
    )


@pytest.mark.parametrize("written", invented.numbers()[::50])
def test_the_short_way_reads_as_the_library_does(written: str) -> None:
    read = phonenumbers.parse(written, "SE")
    assert [each.e164 for each in numbers(written)] == [
        phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
    ]


@given(st.text(max_size=300))
def test_any_text_may_stand_in_a_phone_field(text: str) -> None:
    assert all(number.e164.startswith("+") for number in numbers(text))
