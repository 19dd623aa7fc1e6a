"""The mails as templates: one file per kind and language, rendered once as text and once as HTML."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.notify.mail.links import NOWHERE, Links
from services.notify.mail.words import Words, is_link, tel
from shared.contracts.events import answers_at
from shared.contracts.notify import KINDS, MeetingNotice
from shared.contracts.types import Contract, Language
from shared.formats.plain_text import one_line

FOLDER = Path(__file__).parent.parent / "templates"
LANGUAGES: tuple[Language, ...] = ("sv", "en")
_LONGEST_SUBJECT = 150
_WIDTH = 76
_EVER = datetime.min.replace(tzinfo=UTC)
Format = Literal["html", "text", "calendar"]


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str
    calendar: str = ""
    """What goes into the calendar part as its DESCRIPTION, if there is one."""


def render(
    kind: str,
    language: Language,
    data: Contract,
    agencies: Mapping[str, str],
    links: Links = NOWHERE,
    now: datetime = _EVER,
) -> Rendered:
    """The mail as it reads at `now`; `agencies` are names by slug.

    Raises:
        jinja2.TemplateError: the template asks for something that is not there.

    """
    words = Words(language, {slug: one_line(name) for slug, name in agencies.items()})
    answers = answers_at(data.opens_at, data.closes_at, now) if isinstance(data, MeetingNotice) else ""
    context = {"d": _in_one_line(data), "w": words, "l": links, "kind": kind, "answers": answers}
    text, html = (_template(kind, language, format_) for format_ in ("text", "html"))
    return Rendered(
        subject=_subject(text, context),
        text=_tidy(text.render(context)),
        html=re.sub(r"\n\s*\n+", "\n", html.render(context)).strip() + "\n",
        calendar=_description(kind, language, context) if isinstance(data, MeetingNotice) else "",
    )


def _description(kind: str, language: Language, context: dict[str, Any]) -> str:
    """In lines as long as they are: calendar programs wrap them."""
    said = _template(kind, language, "calendar").render(context)
    return re.sub(r"\n{3,}", "\n\n", said).strip()


def _in_one_line(value: Any) -> Any:
    """What people typed begins no line of its own in a mail that others read."""
    if isinstance(value, Contract):
        return value.model_copy(update={name: _in_one_line(each) for name, each in value})
    if isinstance(value, tuple):
        return tuple(_in_one_line(each) for each in value)
    return one_line(value) if isinstance(value, str) else value


def _subject(template: Template, context: dict[str, Any]) -> str:
    block = "".join(template.blocks["subject"](template.new_context(context)))
    return textwrap.shorten(block, _LONGEST_SUBJECT, placeholder=" …")


def _tidy(text: str) -> str:
    """Paragraphs of at most 76 characters a line, one empty line between them; long links stay whole."""
    lines = (_wrapped(line.strip()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _wrapped(line: str) -> str:
    if len(line) <= _WIDTH:
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


@cache
def _environment(format_: Format) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=format_ == "html",  # noqa: S701 – the other format is plain text
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(layout=f"layout/{format_}.j2", tel=tel, is_link=is_link)
    macros: Any = environment.get_template(f"macros/{format_}.j2").module
    environment.globals["m"] = macros
    return environment


@cache
def _template(kind: str, language: Language, format_: Format) -> Template:
    return _environment(format_).get_template(f"{kind}/{language}.j2")


@cache
def version(kind: str, language: Language) -> str:
    """Changes whenever anything that the mail is made from changes."""
    own = FOLDER / kind / f"{language}.j2"
    common = [path for part in ("layout", "macros", "parts") for path in sorted((FOLDER / part).glob("*.j2"))]
    digest = sha256(b"\0".join(path.read_bytes() for path in (own, *common)))
    return digest.hexdigest()[:12]


def warm() -> None:
    """Read every template, so that a broken one stops the start and not a mail."""
    for kind in KINDS:
        for language in LANGUAGES:
            _template(kind, language, "text")
            _template(kind, language, "html")
            _template(kind, language, "calendar")
