"""What becomes of text at a door: one form of it, or a refusal that names the character."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.courses.app import SPEC as COURSES
from services.directory.app import SPEC as DIRECTORY
from services.events.app import SPEC as EVENTS
from services.notify.app import SPEC as NOTIFY
from services.portal.app import SPEC as PORTAL
from shared.contracts import text
from shared.contracts.asyncapi import document
from shared.contracts.types import Contract, OptionalText, Text
from shared.service import Service
from shared.settings import ServiceSettings
from shared.web.fields import Body

SPECS = {spec.name: spec for spec in (DIRECTORY, EVENTS, COURSES, NOTIFY, PORTAL)}


class Filled(Body):
    title: Text


class Published(Contract):
    title: Text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Upphandlare", "Upphandlare"),
        ("  Åsa \N{NO-BREAK SPACE}", "Åsa"),
        ("Lind\N{SOFT HYPHEN}berg", "Lindberg"),
        ("Jean-\N{SOFT HYPHEN}Luc", "Jean-Luc"),
        ("Arbetsmiljö\N{ZERO WIDTH SPACE}konferens", "Arbetsmiljökonferens"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}Bo", "Bo"),
        ("\N{LEFT-TO-RIGHT EMBEDDING}060-10 00 01\N{POP DIRECTIONAL FORMATTING}", "060-10 00 01"),
        ("A\N{RIGHT-TO-LEFT OVERRIDE}nna", "Anna"),
        ("Ulf\N{COMBINING GRAPHEME JOINER}", "Ulf"),
        ("Mo\N{COMBINING DIAERESIS}te", "Möte"),
        ("Möte\N{LINE SEPARATOR}i Sundsvall\N{PARAGRAPH SEPARATOR}", "Möte i Sundsvall"),
        ("Rene\N{ZERO WIDTH SPACE}\N{COMBINING ACUTE ACCENT}", "René"),
        ("10\N{NARROW NO-BREAK SPACE}000", "10 000"),
        ("علی\N{ZERO WIDTH NON-JOINER}رضا", "علی\N{ZERO WIDTH NON-JOINER}رضا"),
        ("An\N{ZERO WIDTH NON-JOINER}na", "Anna"),
        ("श्री\N{ZERO WIDTH JOINER}मती", "श्री\N{ZERO WIDTH JOINER}मती"),
        ("An\N{ZERO WIDTH JOINER}na\N{ZERO WIDTH JOINER}", "Anna"),
        ("Möte 👩\N{ZERO WIDTH JOINER}💻 digitalt", "Möte 👩\N{ZERO WIDTH JOINER}💻 digitalt"),
        ("👩🏽\N{ZERO WIDTH JOINER}🚒", "👩🏽\N{ZERO WIDTH JOINER}🚒"),
        ("🏳️\N{ZERO WIDTH JOINER}🌈", "🏳️\N{ZERO WIDTH JOINER}🌈"),
        ("Łukasz Żak", "Łukasz Żak"),
        ("李小龍", "李小龍"),
        ("\U0001fae8 ny emoji", "\U0001fae8 ny emoji"),
    ],
)
def test_what_is_invisible_and_harmless_is_dropped_and_names_keep_what_they_need(
    sent: str, kept: str
) -> None:
    assert Filled(title=sent).title == kept
    assert Filled(title=kept).title == kept, "in its form already"


@pytest.mark.parametrize(
    ("sent", "english", "swedish"),
    [
        (
            "a\tb",
            "has a tab (U+0009), which is not allowed",
            "har en tabb (U+0009), och det är inte tillåtet",
        ),
        (
            "a\r\nBcc: b",
            "has a line break (U+000D), which is not allowed",
            "har en radbrytning (U+000D), och det är inte tillåtet",
        ),
        (
            "a\x85b",
            "has a control character (U+0085), which is not allowed",
            "har ett styrtecken (U+0085), och det är inte tillåtet",
        ),
        (
            "M\N{REPLACEMENT CHARACTER}rta",
            "has the sign for a letter that was lost on the way (U+FFFD), which is not allowed",
            "har tecknet för en bokstav som gick förlorad på vägen (U+FFFD), och det är inte tillåtet",
        ),
        (
            "\ue000",
            "has a character without a common meaning (U+E000), which is not allowed",
            "har ett tecken utan gemensam betydelse (U+E000), och det är inte tillåtet",
        ),
        (
            "\U0001ffff",
            "has a code that is no character (U+1FFFF), which is not allowed",
            "har en kod som inte är något tecken (U+1FFFF), och det är inte tillåtet",
        ),
        ("   ", "is blank", "är tomt"),
        ("\N{ZERO WIDTH SPACE}\N{HANGUL FILLER}", "is blank", "är tomt"),
        ("\N{BRAILLE PATTERN BLANK}", "is blank", "är tomt"),
    ],
)
def test_a_refusal_names_the_character_in_both_languages(sent: str, english: str, swedish: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Filled(title=sent)
    [error] = refused.value.errors()
    assert error["msg"] == english
    assert text.in_swedish(english) == swedish


def test_several_lines_keep_their_breaks_and_lists() -> None:
    assert text.lines("1.\tett\r\n  - två\N{LINE SEPARATOR}tre\r") == "1.\tett\n  - två\ntre\n"
    with pytest.raises(text.Unfit):
        text.lines("a\x0bb")


def test_what_older_rules_published_is_read_as_it_is() -> None:
    assert Published(title=" ").title == " "
    assert Published(title="Lind\N{SOFT HYPHEN}berg").title == "Lind\N{SOFT HYPHEN}berg"


def test_a_text_that_nobody_has_to_fill_in_may_be_blank() -> None:
    optional = TypeAdapter(OptionalText)
    assert optional.validate_python(" ") == ""


@pytest.mark.parametrize("published", [*SPECS, "asyncapi"], ids=str)
def test_every_published_pattern_means_the_same_to_python_and_javascript(published: Any) -> None:
    described = document() if published == "asyncapi" else _openapi(published)
    patterns = set(_patterns(described))
    assert patterns or published == "portal", "the portal describes no pages; all others have some"
    for pattern in patterns:
        re.compile(pattern)
        # Escapes and groups that one of them lacks or reads as something else.
        assert not re.search(r"\\[pPAzZhXuU]|\(\?(?![:=!])", pattern), pattern


def _openapi(service: str) -> dict[str, Any]:
    return Service(SPECS[service], ServiceSettings()).app.openapi()


def _patterns(published: Any) -> Iterator[str]:
    if isinstance(published, dict):
        if isinstance(pattern := published.get("pattern"), str):
            yield pattern
        published = list(published.values())
    if isinstance(published, list):
        for each in published:
            yield from _patterns(each)


@given(st.text(max_size=50))
def test_cleaning_twice_is_cleaning_once(sent: str) -> None:
    try:
        once = text.line(sent)
    except text.Unfit:
        return
    assert text.line(once) == once
    assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in once)
