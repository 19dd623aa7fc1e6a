"""What the story tells of itself while it goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console

_LEFT = "   "


class Report:
    """Prints each step with what was observed and how long that took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._step = time.monotonic()

    def step(self, number: int, title: str) -> None:
        self._step = time.monotonic()
        self._console.print(f"\n[bold cyan]{number}[/]  [bold]{title}[/]")

    def saw(self, text: str) -> None:
        """Something that was observed just now."""
        since = time.monotonic() - self._step
        self._console.print(f"{_LEFT}[green]✓[/] ", end="")
        self._console.print(text, markup=False, end="")
        self._console.print(f"  [dim]{since:.1f} s[/]")

    def lines(self, rows: Sequence[Sequence[object]]) -> None:
        """Details, in columns."""
        texts = [[str(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        for row in texts:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._console.print(f"{_LEFT}  {line.rstrip()}", markup=False, style="dim")

    def end(self, steps: int) -> None:
        took = time.monotonic() - self._began
        self._console.print(f"\n[bold green]All {steps} steps happened[/], in {took:.0f} s.")
