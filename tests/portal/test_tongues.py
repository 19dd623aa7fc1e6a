"""What people wrote is marked with its language where that is another than the page's."""

import pytest

from services.directory.vocabulary import ENGLISH, ROLES, specialty_of
from services.portal.web.speech import Speech
from services.portal.web.tongues import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nätverksmöte för upphandlare", "sv"),
        ("Frukost om ramavtal", "sv"),
        ("How do you follow up contracts?", "en"),
        ("Breakfast meeting about the new act", "en"),
        ("Anna Berg", None),
        ("LOU", None),
        ("", None),
    ],
)
def test_a_line_tells_its_language_or_not(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_only_the_other_language_is_marked_and_nothing_becomes_markup() -> None:
    english, swedish = Speech("en", {}, {}), Speech("sv", {}, {})
    assert english.said("Möte <b>om</b> lön") == '<span lang="sv">Möte &lt;b&gt;om&lt;/b&gt; lön</span>'
    assert swedish.said("Möte om lön") == "Möte om lön"
    assert swedish.said("The meeting") == '<span lang="en">The meeting</span>'


def test_every_listed_specialty_has_an_english_word_that_is_read_as_it_d3() -> None:
    listed = [name for role in ROLES.values() for name in role.specialties]
    assert set(listed) == set(ENGLISH)
    assert all(ENGLISH.values())
    assert specialty_of("Framework agreements") == "ramavtal"
    assert specialty_of("onboarding") == "onboarding"
    assert Speech("en", {}, {}, ENGLISH).specialty("ramavtal") == "framework agreements"
