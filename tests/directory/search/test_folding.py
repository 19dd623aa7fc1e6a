import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.folding import fold, native, tokens


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ÅÄÖ", "åäö"),
        ("A\u030aA\u0308O\u0308", "åäö"),
        ("Renée Müller", "renee muller"),
        ("Sørensen Ægir", "sörensen ägir"),
        ("Işıl İNAN Şükrü", "isil inan sukru"),
        ("Straße", "strasse"),
        ("Łukasz Đorđe", "lukasz dorde"),
        ("\ufb01nans", "finans"),
    ],
)
def test_only_swedish_letters_keep_their_dots_and_rings(written: str, expected: str) -> None:
    assert native(written) == expected


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert native(native(text)) == native(text)
    assert fold(fold(text)) == fold(text)
    assert fold(native(text)) == fold(text)


@given(st.text(alphabet="abcåäöéü -", max_size=30))
def test_folding_knows_no_case(text: str) -> None:
    assert native(text.upper()) == native(text)


def test_hyphens_are_split_and_joined() -> None:
    assert tokens("HR-specialist, Anna-Karin O'Brien") == (
        "hr",
        "specialist",
        "hrspecialist",
        "anna",
        "karin",
        "annakarin",
        "o",
        "brien",
        "obrien",
    )
