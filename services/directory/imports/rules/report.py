"""What was wrong, as a file that a spreadsheet opens and does not run."""

from services.directory.imports.rules.faults import Fault
from shared.formats import spreadsheets

_HEADINGS = {
    "sv": ("Rad", "Anställningsnummer", "Kolumn", "Fel"),
    "en": ("Row", "Employee id", "Column", "Problem"),
}


def heading(language: str) -> bytes:
    return f"{spreadsheets.MARK}{spreadsheets.rows([_HEADINGS[language]])}".encode()


def line(row: int, employee_id: str, fault: Fault, language: str) -> bytes:
    cells = (str(row) if row else "", employee_id, fault.column, fault.text(language))
    return spreadsheets.rows([cells]).encode()
