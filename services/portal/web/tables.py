"""Figures as a table, for the page and as a file for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from services.portal.web.speech import Speech

Cell = str | int | None
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is its own on the page and in addresses. None is what is not told because it is about a few."""

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def largest(self) -> int:
        """Of its second column, which is what is drawn."""
        return max((row[1] for row in self.rows if isinstance(row[1], int)), default=0)

    def share(self, row: Sequence[Cell]) -> float:
        """Of the largest, in per cent."""
        return round(100 * row[1] / self.largest, 1) if isinstance(row[1], int) and self.largest else 0.0


def as_csv(table: Table, few: str) -> str:
    """With semicolons and a byte order mark, as Excel expects it here; no cell is a formula."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.head)
    for row in table.rows:
        writer.writerow([few if cell is None else _plain(cell) for cell in row])
    return "\ufeff" + written.getvalue()


def _plain(cell: str | int) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_RISKY) else text


def shown(cell: Cell, speech: Speech, few: str) -> str:
    if cell is None:
        return few
    return speech.number(cell) if isinstance(cell, int) else cell
