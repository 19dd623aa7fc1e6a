import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.search.engine.phones import numbers, readings


@pytest.mark.parametrize(
    "written",
    ["070-123 45 67", "0701234567", "+46701234567", "+46 (0)70 123 45 67", "0046 70-123 45 67", "+46 070 1234567", "(070) 123 45 67", "46701234567"],
)  # fmt: skip
def test_one_number_has_one_form(written: str) -> None:
    assert numbers(written)[0] == "+46701234567"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("060-18 60 00, 070-123 45 67", ("+4660186000", "+46701234567")),
        ("08-123 45 67 / 070-123 45 67", ("+4681234567", "+46701234567")),
        ("+358 9 123 456", ("+3589123456",)),
        ("växel 060-18 60 00 ankn 12", ("+4660186000",)),
        ("anknytning 12", ()),
        ("", ()),
    ],
)
def test_a_field_may_hold_several_numbers_or_none(field: str, expected: tuple[str, ...]) -> None:
    assert numbers(field) == expected


@given(st.text())
def test_any_text_may_stand_in_a_phone_field(text: str) -> None:
    assert all(number.startswith("+") for number in numbers(text))


@given(st.from_regex(r"0[1-9][0-9]{6,8}", fullmatch=True), st.integers(5, 10))
def test_the_beginning_of_a_number_reads_as_the_beginning_of_its_form(number: str, length: int) -> None:
    assert readings(number)[0].startswith(readings(number[:length])[0])
