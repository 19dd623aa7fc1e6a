"""Tables for spreadsheets here: semicolons, UTF-8 with a byte order mark, and no cell that is run."""

import csv
import io
import re
from collections.abc import Iterable

from shared.formats.plain_text import one_line

# Without the mark Excel takes UTF-8 for something else.
MARK = "\ufeff"
# Some spreadsheets read full-width forms as the narrow ones, and skip blanks before them.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def rows(cells: Iterable[Iterable[str | int]]) -> str:
    """CRLF ends a row, and nothing else does: no cell holds a line break."""
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in cells)
    return written.getvalue()


def neutral(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    line = one_line(cell)
    # Asked of both: a line loses control characters before a sign, and white space at its start.
    return f"'{line}" if _FORMULA.match(cell) or _FORMULA.match(line) else line
