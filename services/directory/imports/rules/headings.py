"""Which column holds what: headings in Swedish or English, in any order, by many names."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.directory.imports.rules.faults import Fault

NAME: Final = "name"
_LISTED: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "data" / "headings.json").read_text(encoding="utf-8")
)
FIELDS: tuple[str, ...] = tuple(_LISTED)
_NEEDED = ("employee_id", "given_name", "family_name")
# Of these, one column counts; of others, the first that holds something: a direct number, else a mobile.
_ONE_COLUMN = frozenset({"employee_id", "manager_employee_id", "protected", "status"})
_WHERE_HEADINGS_STAND = 10
_TOLD = -1
Columns = dict[int, str]


def fold(heading: str) -> str:
    """`Anst.nr` and `ANSTNR` are the same; å, ä and ö are not a, a and o."""
    composed = unicodedata.normalize("NFC", heading).casefold()
    return re.sub(r"[\W_]+", "", composed)


_KNOWN = {
    fold(name): (field, rank)
    for field, names in _LISTED.items()
    for rank, name in reversed(list(enumerate((field, *names))))
}


def read(headings: Sequence[str], told: Mapping[str, str | None]) -> tuple[Columns, list[Fault]]:
    """Column to field, the better known heading of a field first. `told` is the agency's own mapping of
    folded headings, which goes before what we know; None takes a column away.
    """
    found: list[tuple[int, int, str]] = []
    for place, heading in enumerate(headings):
        name = fold(heading)
        if name in told:
            if (field := told[name]) is not None:
                found.append((_TOLD, place, field))
        elif name in _KNOWN:
            field, rank = _KNOWN[name]
            found.append((rank, place, field))
    columns: Columns = {}
    taken: set[str] = set()
    for _, place, field in sorted(found):
        if field not in taken or field not in _ONE_COLUMN:
            columns[place] = field
        taken.add(field)
    missing = [
        each for each in _NEEDED if each not in taken and not (NAME in taken and each != "employee_id")
    ]
    return columns, [Fault("no_heading", each) for each in missing]


def find(rows: Iterable[Sequence[str]], told: Mapping[str, str | None]) -> int | None:
    """Which of the first rows has the headings: exports begin with a title now and then."""
    best: tuple[int, int] | None = None
    looked = 0
    for place, row in enumerate(rows):
        if not any(cell.strip() for cell in row):
            continue
        looked += 1
        known = sum(fold(cell) in told or fold(cell) in _KNOWN for cell in row)
        if best is None or known > best[0]:
            best = (known, place)
        if looked == _WHERE_HEADINGS_STAND:
            break
    return best[1] if best else None


def delimiter(sample: str) -> str:
    """What tells most known headings apart within one of the first lines."""
    # As the csv module has it: U+2028 or a form feed in a cell ends no line.
    lines = [line for line in re.split(r"\r\n|\r|\n", sample) if line.strip()][:_WHERE_HEADINGS_STAND]
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip())):
        return told[1]

    def known(sign: str) -> tuple[int, int]:
        parts = [[fold(cell) for cell in line.split(sign)] for line in lines]
        return max((sum(cell in _KNOWN for cell in row), len(row)) for row in parts) if parts else (0, 0)

    return max((";", ",", "\t", "|"), key=known)
