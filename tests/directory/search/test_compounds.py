import pytest

from tests.directory.search.people import vocabulary


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("upphandlingsjurist", ("upphandling", "jurist")),
        ("informationssäkerhetssamordnare", ("information", "säkerhet", "samordnare")),
        ("dataskyddsombud", ("dataskydd", "ombud")),
        ("skogsekonom", ("skog", "ekonom")),
        ("upphandlingsfrågor", ("upphandling", "frågor")),
        ("andersson", ()),
        ("ekonomi", ()),
        ("", ()),
    ],
)
def test_a_compound_is_taken_apart(word: str, parts: tuple[str, ...]) -> None:
    assert vocabulary().compounds.split(word) == parts


@pytest.mark.parametrize(
    ("person", "activity"),
    [
        ("upphandlare", "upphandling"),
        ("utredare", "utredning"),
        ("jurist", "juridik"),
        ("kommunikatör", "kommunikation"),
        ("chef", None),
    ],
)
def test_who_does_it_names_what_is_done(person: str, activity: str | None) -> None:
    assert vocabulary().compounds.activity(person) == activity


def test_every_name_of_a_role_implies_the_others() -> None:
    assert {"upphandlare", "inköpare", "procurement"} - {"inköpare"} <= set(
        vocabulary().implied_by("Inköpare")
    )
    assert "jurist" in vocabulary().implied_by("Senior Legal Counsel")
    assert "inköpare" in vocabulary().implied("upphandlare")
