"""What was wrong, as a file that a spreadsheet opens and does not run."""

import csv
from io import StringIO

from services.directory.rules.imports.faults import Fault

_HEADINGS = {
    "sv": ("Rad", "Anställningsnummer", "Kolumn", "Fel"),
    "en": ("Row", "Employee id", "Column", "Problem"),
}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def heading(language: str) -> bytes:
    """With a mark, without which Excel takes UTF-8 for something else."""
    return b"\xef\xbb\xbf" + _line(_HEADINGS[language])


def line(row: int, employee_id: str, fault: Fault, language: str) -> bytes:
    return _line((str(row) if row else "", employee_id, fault.column, fault.text(language)))


def neutral(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def _line(cells: tuple[str, ...]) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(map(neutral, cells))
    return text.getvalue().encode()
