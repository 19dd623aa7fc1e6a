"""A person's name in free text is found by digests (docs/decisions/0024)."""

import pytest

from shared.privacy.words import redacted, wanted

NAMED = wanted("salt", ["Åsa Öberg", "asa@csn.example"], ["060-18 40 00"], ["Bo Ek"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Fråga åsa  ÖBERG.", "Fråga […]."),
        ("Vi på Åsa Öbergs enhet", "Vi på […] enhet"),
        ("Åsa Öberg's team", "[…]'s team"),
        ("Åsa\u2028Öberg, +46 (0)60-184000", "[…], […]"),
        ("asa@csn.example", "[…]"),
        ("Åsa Öbergssons, Åsas, Bo Eks", "Åsa Öbergssons, Åsas, Bo Eks"),
    ],
)
def test_a_name_is_taken_out_in_the_genitive_too_and_other_names_stay(text: str, left: str) -> None:
    assert redacted(text, NAMED) == left
