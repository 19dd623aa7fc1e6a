"""Swedish and English. Pages are written in English; `words/*.po` say the same in Swedish, a file a page.
`words/refusals.po` says in both what services refuse, by its code.
"""

import io
from collections.abc import Iterator, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shared.contracts.text import named
from shared.contracts.types import Language

FOLDER = Path(__file__).parent.parent / "words"
LANGUAGES: tuple[Language, ...] = ("sv", "en")


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale="sv", abort_invalid=True)


@cache
def load() -> dict[Language, NullTranslations]:
    """Compiled in memory, so that there is nothing to forget to compile."""
    whole = Catalog(locale="sv", fuzzy=False)
    for _, catalogue in catalogues():
        for message in catalogue:
            if message.id and not message.context:
                whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return {"sv": GNUTranslations(compiled), "en": NullTranslations()}


@cache
def refusals() -> dict[Language, dict[str, str]]:
    """The words for each code of docs/problems.md: `msgctxt` is the code."""
    found: dict[Language, dict[str, str]] = {"sv": {}, "en": {}}
    for _, catalogue in catalogues():
        for message in catalogue:
            if message.context:
                found["en"][message.context] = str(message.id)
                found["sv"][message.context] = str(message.string)
    return found


def worded(parameters: Mapping[str, str | float], language: Language) -> dict[str, str | float]:
    """What is filled into the words of a refusal: a character that nobody can see, by its name."""
    found = dict(parameters)
    if code := str(found.get("character", "")).removeprefix("U+"):
        found["character"] = named(chr(int(code, 16)), language)
    return found


def mark(text: str) -> str:
    """For the catalogues to find what is said later."""
    return text


def preferred(accept_language: str) -> Language:
    """RFC 9110, 12.5.4: English where it is wanted more than Swedish, else Swedish."""
    wanted: dict[str, float] = {}
    for item in accept_language.lower()[:300].split(","):
        tag, _, weight = item.partition(";")
        try:
            wanted.setdefault(tag.strip().split("-")[0], float(weight.strip().removeprefix("q=") or 1.0))
        except ValueError:
            continue
    return "en" if wanted.get("en", 0.0) > wanted.get("sv", wanted.get("*", 0.0)) else "sv"
