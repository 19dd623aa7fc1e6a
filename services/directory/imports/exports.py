"""Reads an HR export from a file on disk, portion by portion; blocks, so it runs in a thread."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

from services.directory.imports.rules import headings, limits
from services.directory.imports.rules.days import Orders, order_told_by, orders
from services.directory.imports.rules.faults import Fault
from services.directory.imports.rules.plausible import first_garbled, first_of_another_alphabet
from services.directory.imports.rules.rows import Row, Table
from services.directory.imports.rules.values import clean

_SAMPLE = 20_000
_PIECE = 1 << 20
# Of one row: cells have line breaks now and then, but not pages of them.
_MOST_LINES = 30
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
Told = Mapping[str, str | None]


class Heads(NamedTuple):
    """A file's headings: heading to field, and those that say nothing to us."""

    used: dict[str, str]
    unused: list[str]


class Unusable(Exception):  # noqa: N818
    """Nothing of the file can be read. `heads` are what could be."""

    def __init__(self, faults: list[Fault], row: int = 1, heads: Heads | None = None) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults
        self.row = row
        self.heads = heads or Heads({}, [])


class Export:
    """`table` tells the columns. Rows are counted as a spreadsheet counts them."""

    def __init__(self, path: Path, told: Told, version: int) -> None:
        """`heads` tells of its headings.

        Raises:
            Unusable: it is no text, or has no employee ids or names.

        """
        self._path = path
        self._encoding = _encoding(path)
        with self._open() as text:
            if self._encoding == "cp1252" and (row := first_garbled(text)):
                raise Unusable([Fault("other_alphabet")], row)
        with self._open() as text:
            self._delimiter = headings.delimiter(text.read(_SAMPLE))
        first = [cells or [] for cells in islice(self._cells(), 50)]
        place = headings.find(first, told)
        if place is None:
            raise Unusable([Fault("no_rows")])
        self.heading_row = place + 1
        if wide := limits.of_headings(first[place]):
            # Without its headings: they are what does not fit.
            raise Unusable(wide, self.heading_row)
        columns, faults = headings.read(first[place], told)
        self.heads = _heads(first[place], columns)
        if faults:
            raise Unusable(faults, self.heading_row, self.heads)
        self.table = Table(first[place], columns, version)
        # Each day by its own column, so that 3/4 and 12/31 in one are not read by two rules.
        self.table = Table(first[place], columns, version, self._orders_of_days())
        self._rows = self._read()

    def portion(self, size: int) -> list[Row]:
        """The next rows; none at the end."""
        return list(islice(self._rows, size))

    def _orders_of_days(self) -> Orders:
        """Whether each column writes 3/4 for April or March, which only the whole of it can tell."""
        places = self.table.places_of_days
        if not places:
            return {}
        seen: dict[int, set[str]] = {place: set() for place in places}
        for cells in islice(self._cells(), self.heading_row, None):
            for place in places:
                if cells and place < len(cells) and (order := order_told_by(clean(cells[place]))):
                    seen[place].add(order)
        return orders(seen)

    def _open(self) -> IO[str]:
        # newline="": line ends are the csv module's business.
        return self._path.open(encoding=self._encoding, newline="")

    def _cells(self) -> Iterator[list[str] | None]:
        """Each row's cells; None for one that can't be read. What comes after it is read all the same."""
        with self._open() as text:
            lines = _Lines(limits.lines(text))
            reader = self._reader(lines)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    cells, reader = self._by_itself(lines.taken), self._reader(lines)
                if cells is None or len(lines.taken) > _MOST_LINES:
                    lines.back_to_second()
                    cells, reader = None, self._reader(lines)
                lines.taken.clear()
                yield cells

    def _reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Strict: else a quotation mark that is not closed swallows the rows up to the next one."""
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _by_itself(self, lines: list[str]) -> list[str] | None:
        """One line with quotation marks where none should stand says what it says; several say nothing."""
        if len(lines) > 1 or lines[0] is limits.UNREADABLE:
            return None
        try:
            return next(csv.reader(lines, delimiter=self._delimiter))
        except csv.Error:
            return None

    def _read(self) -> Iterator[Row]:
        first_seen: dict[str, tuple[int, int]] = {}
        for number, cells in enumerate(self._cells(), 1):
            if number <= self.heading_row:
                continue
            if cells is None:
                yield Row(number, faults=(Fault("not_csv"),))
            elif any(cell.strip() for cell in cells):
                yield _once(self.table.row(number, cells), first_seen)


def too_wide(beginning: bytes, told: Told, longest_line: int) -> list[Fault]:
    """Why nobody should begin to work on the file: its lines are too long, or its headings too many or too
    long. What else is wrong with it stands in the job's report.
    """
    if longest_line > limits.LONGEST_LINE:
        return [Fault("line_too_long", about=limits.LONGEST_LINE)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "beginning.csv"
        # Whole lines: half a letter would make it look like another encoding.
        path.write_bytes(beginning[: beginning.rfind(b"\n") + 1] or beginning)
        try:
            Export(path, told, 0)
        except Unusable as unusable:
            return [fault for fault in unusable.faults if fault.code in limits.AT_THE_DOOR]
    return []


class _Lines:
    """A file's lines; those of one row can be given back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._text)
        self.taken.append(line)
        if line is limits.UNREADABLE:
            raise csv.Error
        return line

    def back_to_second(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))


def _heads(named: Sequence[str], columns: headings.Columns) -> Heads:
    used = {named[place].strip(): field for place, field in columns.items()}
    unused = [each.strip() for place, each in enumerate(named) if place not in columns and each.strip()]
    return Heads(used, unused)


def _once(row: Row, first_seen: dict[str, tuple[int, int]]) -> Row:
    """The same row twice is one; the same employee twice with other values is a fault of the second."""
    if row.record is None:
        return row
    here = (row.number, hash(row.record))
    before = first_seen.setdefault(row.employee_id, here)
    if before is here or before[1] == here[1]:
        return row
    return Row(row.number, row.employee_id, faults=(Fault("repeated", about=before[0]),))


def _encoding(path: Path) -> str:
    """UTF-8 strictly first: guessing garbles Swedish.

    Raises:
        Unusable: it is no text.

    """
    with path.open("rb") as file:
        start = file.read(4)
    told = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    for name in [told] if told else ["utf-8", "cp1252"]:
        if _is(path, name):
            return name
        if name == "utf-8":
            with path.open("rb") as file:
                if row := first_of_another_alphabet(file):
                    raise Unusable([Fault("two_alphabets")], row)
    raise Unusable([Fault("not_text")])


def _is(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as text:
            while piece := text.read(_PIECE):
                if "\0" in piece:
                    return False
    except UnicodeError:
        return False
    return True
