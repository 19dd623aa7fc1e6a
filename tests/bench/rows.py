"""What is measured, and whether it is within its budget."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from tests.bench.ground import Ground


@dataclass(frozen=True)
class Row:
    """One figure. A budget is from DESIGN; a row without one is there to be looked at."""

    what: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value <= self.at_most if self.at_most is not None else None

    @property
    def budget(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


class Part(NamedTuple):
    """One thing to measure; `ONLY=name` measures it alone."""

    name: str
    about: str
    measure: Callable[[Ground], Awaitable[Sequence[Row]]]


def spread(what: str, seconds: Sequence[float], **budget: float) -> Iterator[Row]:
    """p50, p95 and p99 in ms. The budgets are by percentile: `p95=1_000`."""
    ordered = sorted(seconds)
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        value = ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000
        yield Row(f"{what}, {name}", round(value, 1), "ms", at_most=budget.get(name))
