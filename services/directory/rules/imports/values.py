"""What the values of an export say, in the ways that systems and people write them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Reader = Callable[[str], Any]
_NOTHING = frozenset({"", "-", "–", "null", "none", "n/a", "#n/a", "saknas"})
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
}
_LANGUAGES = {"sv": "sv", "svenska": "sv", "swedish": "sv", "se": "sv", "sv-se": "sv"} | dict.fromkeys(
    ("en", "engelska", "english", "gb", "en-gb", "en-us"), "en"
)
_SHORT_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_MONTHS: dict[str, int] = {name: place for place, name in enumerate(_SHORT_MONTHS, 1)} | {"may": 5, "oct": 10}
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d{1,2}[:.]\d{2}.*)?")
_CLOSE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4})(?: \d{1,2}[:.]\d{2}.*)?")
_IN_WORDS = re.compile(r"(?:den )?(\d{1,2})\.?[ -]([a-zåäö]{3})[a-zåäö]*\.?[ ,-]+(\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:[,.]0+)?")
_WHOLE_NUMBER = re.compile(r"(\d+)[,.]0+")
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_FIRST_SERIAL = date(1899, 12, 30)


class Unreadable(Exception):  # noqa: N818
    """The value is none of what its column may hold; the argument is the fault's code."""


def clean(value: str) -> str:
    """Without what spreadsheets put around a text to keep it one, and with plain blanks."""
    if (wrapped := _AS_TEXT.fullmatch(value.strip())) is not None:
        value = wrapped[1]
    value = " ".join(value.replace("\N{NO-BREAK SPACE}", " ").replace("\N{ZERO WIDTH SPACE}", "").split())
    if len(value) > 1 and value[0] == "'" and value[1] in "=+-@0123456789":
        value = value[1:]
    return "" if value.casefold() in _NOTHING else value


def number(value: str) -> str:
    """An id that a spreadsheet took for a number: 4711,00 is 4711."""
    whole = _WHOLE_NUMBER.fullmatch(value)
    return whole[1] if whole else value


def day(value: str) -> date:
    """2026-11-23, 20261123, 23/11 2026, 23.11.2026, 23 nov 2026, and a spreadsheet's count of days."""
    said = value.casefold()
    if found := _YEAR_FIRST.fullmatch(said) or _CLOSE.fullmatch(said):
        year, month, day_ = found.groups()
    elif found := _DAY_FIRST.fullmatch(said):
        day_, month, year = found.groups()
    elif (found := _IN_WORDS.fullmatch(said)) and found[2] in _MONTHS:
        day_, month, year = found[1], _MONTHS[found[2]], found[3]
    elif found := _SERIAL.fullmatch(said):
        return _FIRST_SERIAL + timedelta(days=int(found[1]))
    else:
        raise Unreadable("not_a_day")
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        raise Unreadable("not_a_day") from None


def status(value: str) -> str:
    return _one_of(value, "not_a_status", active=_ACTIVE, left=_LEFT)


def protected(value: str) -> bool:
    return _one_of(value, "not_yes_or_no", yes=_YES, no=_NO) == "yes"


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
    """`Öberg, Åsa` or `Åsa Öberg`: given and family name."""
    if "," in value:
        family, _, given = (part.strip() for part in value.partition(","))
    else:
        given, _, family = value.rpartition(" ")
    if not given or not family:
        raise Unreadable("not_a_name")
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
    "employed_from": day,
    "employed_to": day,
    "manager_employee_id": number,
    "language": language,
    "protected": protected,
    "name": name,
}
