"""Everything is said in both languages (P3)."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from agencynet.access.rules import specs
from services.portal.web.labels import Labels
from services.portal.web.words import FOLDER, catalogues, load, preferred, refusals, worded
from shared.web.catalogue import kinds

PORTAL = FOLDER.parent
KEYWORDS = {"_": None, "say": None, "mark": None, "gettext": None, "ngettext": (1, 2)}


def said() -> set[str | tuple[str, ...]]:
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(PORTAL, method_map=methods, keywords=KEYWORDS)  # type: ignore[arg-type]
    return {tuple(text) if isinstance(text, list | tuple) else text for _, _, text, _, _ in found}


def written(*, refusals: bool) -> list[tuple[Path, object, object]]:
    """What other services refuse is said by its code, which stands as the context."""
    return [
        (path, message.id, message.string)
        for path, catalogue in catalogues()
        for message in catalogue
        if message.id and bool(message.context) == refusals
    ]


def test_every_string_is_translated_and_no_translation_is_left_over() -> None:
    known = {tuple(id_) if isinstance(id_, list | tuple) else id_ for _, id_, _ in written(refusals=False)}
    assert not said() - known, "say it in words/<page>.po"
    assert not known - said(), "nobody says this any more"


def test_nothing_is_translated_twice() -> None:
    ids = [str(id_) for _, id_, _ in written(refusals=False)]
    assert sorted(ids) == sorted(set(ids))
    codes = [message.context for _, catalogue in catalogues() for message in catalogue if message.context]
    assert sorted(codes) == sorted(set(codes))


def test_no_translation_is_empty_and_none_loses_what_is_filled_in() -> None:
    for path, id_, string in [*written(refusals=False), *written(refusals=True)]:
        english = list(id_) if isinstance(id_, list | tuple) else [id_]
        swedish = list(string) if isinstance(string, list | tuple) else [string]
        assert all(swedish), f"{path.name}: {english}"
        names = {name for text in english for name in re.findall(r"%\((\w+)\)", str(text))}
        assert {n for text in swedish for n in re.findall(r"%\((\w+)\)", str(text))} == names, english


def test_every_refusal_has_words_in_both_languages_and_no_words_are_left_over() -> None:
    codes = {kind.code for kind in kinds(*(spec.name for spec in specs()))}
    for language, said_of in refusals().items():
        assert set(said_of) == codes, language
        assert all(said_of.values()), language


def test_the_words_of_a_refusal_need_only_what_it_carries() -> None:
    for kind in kinds(*(spec.name for spec in specs())):
        for said_of in refusals().values():
            needed = set(re.findall(r"%\((\w+)\)s", said_of[kind.code]))
            assert needed <= set(kind.takes), kind.code
            assert said_of[kind.code] % dict.fromkeys(kind.takes, 1)


def test_a_character_that_nobody_can_see_is_named() -> None:
    said_of = refusals()["sv"]["has-unfit-character"]
    assert said_of % worded({"character": "U+0009"}, "sv") == (
        "Här finns en tabb (U+0009), och det är inte tillåtet. Ta bort det."
    )


def test_no_page_says_a_word_outside_the_catalogues() -> None:
    """Text between tags is said by `_()`, or is none."""
    for path in PORTAL.glob("templates/*.html"):
        text = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", text)
        loose = set(re.findall(r"[A-Za-zÅÄÖåäö]{3,}", text)) - {"Svenska", "English"}
        assert not loose, f"{path.name}: {sorted(loose)}"


def test_every_act_of_the_audit_is_said_in_words() -> None:
    """As the code that writes them has them; one that has no words would be shown by its code."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("services", "agencynet", "shared")
        for path in (PORTAL.parents[1] / folder).rglob("*.py")
    )
    written = re.findall(r'audit\.record(?:_reading)?\(\s*[\w.]+,\s*"([a-z_]+\.[a-z_]+)"', source)
    assert len(written) > 20
    say = Labels(lambda text: text)
    assert not [act for act in written if say.act(act) == act]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("gave_up", "mejlservern tog aldrig emot det"),
        ("unreadable_template", "vårt fel"),
        ("550 5.1.1", "ingen har adressen, 550 5.1.1"),
        ("554", "mejlservern sa nej, 554"),
    ],
)
def test_why_a_mail_did_not_arrive_is_said_in_words(reason: str, said: str) -> None:
    assert Labels(load()["sv"].gettext).failure(reason) == said


def test_plurals_follow_the_number() -> None:
    swedish = load()["sv"]
    one, many = "One thing needs your attention", "%(num)s things need your attention"
    assert swedish.ngettext(one, many, 1) == "En sak behöver rättas"
    assert swedish.ngettext(one, many, 2) == "%(num)s saker behöver rättas"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "sv"),
        ("en", "en"),
        ("sv,en;q=0.5", "sv"),
        ("de,en;q=0.5", "en"),
        ("en;q=0.3,sv;q=0.4", "sv"),
        ("en;q=x", "sv"),
    ],
)
def test_the_browsers_language_is_followed(header: str, language: str) -> None:
    assert preferred(header) == language
