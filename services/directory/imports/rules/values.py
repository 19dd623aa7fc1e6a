"""What the values of an export say, in the ways that systems and people write them."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from services.directory.imports.rules.plausible import is_garbled
from services.directory.imports.rules.unreadable import Unreadable
from shared.contracts.text import Unfit, line

Reader = Callable[[str], Any]
_NOTHING = frozenset({"", "-", "–", "—", "null", "none", "n/a", "saknas", "(null)", "nil"})
# Some people are called Null.
_MAY_BE_NAMES = frozenset({"Null", "Nil", "None"})
_NAMES = frozenset({"given_name", "family_name"})
_FAILED_CELL = re.compile(
    r"#(?:N/A|NA|SAKNAS!?|REF!|REFERENS!|VALUE!|VÄRDEFEL!|NAME\?|NAMN\?|DIV/0!|DIVISION/0!|NULL!|SKÄRNING!|NUM!"
    r"|OGILTIGT!|TAL!|SPILL!|SPILLD!|CALC!|BERÄKNING!|FIELD!|FÄLT!|GETTING_DATA|#{2,})",
    re.IGNORECASE,
)
_ROUNDED = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_YES = frozenset({"ja", "j", "yes", "y", "true", "sant", "1", "x"})
_NO = frozenset({"nej", "n", "no", "false", "falskt", "0"})
_ACTIVE = _YES | {"aktiv", "aktivt", "active", "anställd", "employed", "tillsvidare", "pågående"}
_LEFT = _NO | {
    "slutat",
    "slut",
    "avslutad",
    "avslutat",
    "inaktiv",
    "inactive",
    "left",
    "terminated",
    "avgången",
    "avgått",
    "leaver",
    "retired",
    "pensionerad",
    "avliden",
    "deceased",
    "ended",
}
# Those on leave work there.
_ON_LEAVE = re.compile(
    r".*(?:ledig|\bleave\b|sjukskriv|sjukfrånvar|\bloa\b|sabbatical|vilande).*|tjl|frånvarande"
)
_LANGUAGES = {"sv": "sv", "svenska": "sv", "swedish": "sv", "se": "sv", "sv-se": "sv"} | dict.fromkeys(
    ("en", "engelska", "english", "gb", "en-gb", "en-us"), "en"
)
_WHOLE_NUMBER = re.compile(r"(\d+)[,.]0+")
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)


def clean(value: str) -> str:
    """Without what spreadsheets put around a text to keep it one, and with plain blanks."""
    if (wrapped := _AS_TEXT.fullmatch(value.strip())) is not None:
        value = wrapped[1]
    with suppress(Unfit):
        value = line(value)
    value = " ".join(value.split())
    if len(value) > 1 and value[0] == "'" and value[1] in "=+-@0123456789":
        value = value[1:]
    return value


def meant(value: str, field: str) -> str:
    """The value, or nothing where systems write a word for that.

    Raises:
        Unreadable: a spreadsheet put something else in its place.
    """
    if value.casefold() in _NOTHING and not (field in _NAMES and value in _MAY_BE_NAMES):
        return ""
    if _FAILED_CELL.fullmatch(value):
        raise Unreadable("failed_cell")
    if _ROUNDED.fullmatch(value):
        raise Unreadable("rounded")
    if is_garbled(value):
        raise Unreadable("garbled")
    return value


def number(value: str) -> str:
    """An id that a spreadsheet took for a number: 4711,00 is 4711."""
    whole = _WHOLE_NUMBER.fullmatch(value)
    return whole[1] if whole else value


def status(value: str) -> str:
    if _ON_LEAVE.fullmatch(value.casefold()):
        return "active"
    return _one_of(value, "not_a_status", active=_ACTIVE, left=_LEFT)


def protected(value: str) -> bool:
    return _one_of(value, "not_yes_or_no", yes=_YES, no=_NO) == "yes"


def flag(value: str) -> bool | None:
    """Of a row that is refused: what can't be read counts as yes."""
    if value.casefold() in _NOTHING:
        return None
    return value.casefold() not in _NO


def has_left(value: str) -> bool:
    return value.casefold() in _LEFT


def language(value: str) -> str:
    if (found := _LANGUAGES.get(value.casefold())) is None:
        raise Unreadable("not_a_language")
    return found


def several(value: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[;|,]", value))
    return tuple(dict.fromkeys(part for part in parts if part))


def address(value: str) -> str:
    return value.removeprefix("mailto:").strip("<>")


def name(value: str) -> tuple[str, str]:
    """`Öberg, Åsa` or `Åsa Öberg`: given and family name. Some people have one."""
    if "," in value:
        family, _, given = (part.strip() for part in value.partition(","))
    else:
        given, _, family = value.partition(" ") if " " not in value else value.rpartition(" ")
    return given, family


def _one_of(value: str, fault: str, **words: frozenset[str]) -> str:
    said = value.casefold()
    for meaning, meant in words.items():
        if said in meant:
            return meaning
    raise Unreadable(fault)


READERS: dict[str, Reader] = {
    "employee_id": number,
    "status": status,
    "email": address,
    "roles": several,
    "assignments": several,
    "specialties": several,
    "manager_employee_id": number,
    "language": language,
    "protected": protected,
    "name": name,
}
