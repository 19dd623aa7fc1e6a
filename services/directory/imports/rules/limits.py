"""How wide an HR export may be. Refuse a wider one at the door: its headings do not fit into a document."""

from collections.abc import Iterator, Sequence
from typing import IO

from services.directory.imports.rules.faults import Fault

MOST_COLUMNS = 200
LONGEST_HEADING = 200
AT_THE_DOOR = frozenset({"too_many_columns", "heading_too_long", "line_too_long"})
LONGEST_LINE = 128_000
"""In bytes. Two hundred long values fit."""
UNREADABLE = "(too long)"
"""Stands for such a line. Compare by identity: somebody may have written just this."""


def of_headings(headings: Sequence[str]) -> list[Fault]:
    if len(headings) > MOST_COLUMNS:
        return [Fault("too_many_columns", about=MOST_COLUMNS)]
    if any(len(heading.strip()) > LONGEST_HEADING for heading in headings):
        return [Fault("heading_too_long", about=LONGEST_HEADING)]
    return []


def lines(text: IO[str]) -> Iterator[str]:
    """The file's lines, with `UNREADABLE` in place of one that is too long to read."""
    while line := text.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            yield line
            continue
        while (rest := text.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        yield UNREADABLE


class LineLengths:
    """The longest line of a file that comes in pieces, in bytes, whatever its line ends."""

    def __init__(self) -> None:
        self._running = 0
        self._longest = 0
        self.count = 0

    def add(self, piece: bytes) -> None:
        parts = piece.replace(b"\r", b"\n").split(b"\n")
        self.count += piece.count(b"\n")
        first = self._running + len(parts[0])
        self._longest = max(self._longest, first, *(len(part) for part in parts[1:]))
        self._running = len(parts[-1]) if len(parts) > 1 else first

    @property
    def longest(self) -> int:
        return self._longest
