"""Figures as a table, for the page and as a file for spreadsheets."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.portal.web.speech import Speech
from shared.formats import spreadsheets

Cell = str | int | None


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
    rows = [table.head, *([few if cell is None else cell for cell in row] for row in table.rows)]
    return spreadsheets.MARK + spreadsheets.rows(rows)


def shown(cell: Cell, speech: Speech, few: str) -> str:
    if cell is None:
        return few
    return speech.number(cell) if isinstance(cell, int) else cell
