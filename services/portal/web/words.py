"""Swedish and English. Pages are written in English; `words/*.po` say the same in Swedish, a file a page."""

import io
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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
            if message.id:
                whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return {"sv": GNUTranslations(compiled), "en": NullTranslations()}


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
