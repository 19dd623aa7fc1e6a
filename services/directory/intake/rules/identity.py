"""Whether a record under a known employee id is about the same person: agencies give ids of leavers away."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from shared.contracts.staff import StaffRecord

Who = Literal["same", "somebody_else"]
_MOST_DIGITS = 12
_MARKS = re.compile(r"[\u0300-\u036f]")


def who(known: StaffRecord, record: StaffRecord) -> Who:
    """`known` is what was last said under the id. Whoever marries, divorces or returns stays the same person;
    in doubt about a leaver's id the answer is somebody else, because own words must not pass to a stranger.
    """
    before, after = _words(known), _words(record)
    if before[2] == after[2]:
        # Also with the names in each other's columns.
        return "same"
    given, family = bool(before[0] & after[0]), bool(before[1] & after[1])
    if given and family:
        return "same"
    mail = _compared(_mail(known), _mail(record))
    first_day = _compared(known.employed_from, record.employed_from)
    if known.status == "active":
        # They are at work: both names must have changed and nothing else may say that it is them.
        same = given or family or "equal" in (mail, first_day)
    elif given:
        # A new family name, unless the employment began on another day under another address.
        same = mail == "equal" or first_day != "different"
    elif family:
        same = "equal" in (mail, first_day)
    else:
        same = mail == "equal" and first_day != "different"
    return "same" if same else "somebody_else"


def are_called_alike(person: Mapping[str, Any], record: StaffRecord) -> bool:
    known = _folded(f"{person['given_name']} {person['family_name']}")
    return known == _folded(f"{record.given_name} {record.family_name}")


def near_ids(employee_id: str) -> list[str]:
    """Ids that a spreadsheet makes this one of, or this one's: digits with fewer or more leading zeros."""
    if not (employee_id.isascii() and employee_id.isdigit()):
        return []
    bare = employee_id.lstrip("0") or "0"
    return [each for n in range(len(bare), _MOST_DIGITS + 1) if (each := bare.zfill(n)) != employee_id]


def _compared(one: object, other: object) -> Literal["equal", "different", "unknown"]:
    if not one or not other:
        return "unknown"
    return "equal" if one == other else "different"


def _mail(record: StaffRecord) -> str:
    return (record.email or "").casefold()


def _words(record: StaffRecord) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Of the given name, of the family name, and of both together."""
    given, family = _folded(record.given_name), _folded(record.family_name)
    return given, family, given | family


def _folded(name: str) -> frozenset[str]:
    plain = _MARKS.sub("", unicodedata.normalize("NFD", name.casefold()))
    return frozenset(re.findall(r"[^\W_]+", plain))
