"""Pages as templates, one environment a language."""

from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.portal.web.speech import breakable, soft, tel
from shared.contracts.types import Language

FOLDER = Path(__file__).parent.parent / "templates"


def environment(language: Language, words: NullTranslations, asset: Callable[[str], str]) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    i18n: Any = made
    i18n.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)
    made.globals.update(language=language, asset=asset, tel=tel, breakable=breakable)
    made.filters["soft"] = soft
    return made
