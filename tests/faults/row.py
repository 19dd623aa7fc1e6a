"""One row of the table: a fault and what must hold under it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.scene import Scene


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    promise: str
    run: Callable[[Scene], Awaitable[None]]
    short: bool = True
    """Whether it is among those that `--short` runs."""
