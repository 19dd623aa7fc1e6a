"""Progress: one moving line for people at a terminal, plain lines for logs."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status


class Progress:
    """`say` takes "<part>: <what>"; what begins with "ready" stays on the screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._doing: dict[str, str] = {}
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("Starting …")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, line: str) -> None:
        part, _, what = line.partition(": ")
        if what.startswith("ready"):
            self._doing.pop(part, None)
            where = what.removeprefix("ready").removeprefix(" on ")
            self._console.print(f"[green]✓[/] {part:<14}{where:<36}[dim]{self.seconds:5.1f} s[/]")
        else:
            self._doing[part] = what
            if not self._status:
                self._console.print(f"  {line}", markup=False)
        if self._status:
            doing = " · ".join(f"{part} {what}" for part, what in self._doing.items())
            self._status.update(doing or "Starting …")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


class Counting:
    """So many of so many: at a terminal on one moving line, elsewhere a line every few seconds."""

    _EVERY_SECONDS = 5.0

    def __init__(self, console: Console, what: str, *, quiet: bool = False) -> None:
        self._console = console
        self._what = what
        self._quiet = quiet
        self._said = time.monotonic()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._status = self._console.status(f"{self._what} …")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, done: int, of: int) -> None:
        line = f"{self._what}: {done} of {max(done, of)}"
        if self._status:
            self._status.update(line)
        elif not self._quiet and time.monotonic() - self._said > self._EVERY_SECONDS:
            self._said = time.monotonic()
            self._console.print(line, markup=False)
