"""What a service does when work is due: a table of kind → handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.due.rows import Row
from shared.mongo import Mongo, Transaction


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler has that runs beside a transaction. Such a handler may stop half-way and be done twice
    without harm. Call `moved` after each step that is kept: a row that gets on is not blamed for a death.
    """

    row: Row
    mongo: Mongo
    now: datetime
    moved: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Round:
    """What one transaction does with several rows: those that are done, and how far the others came. `told`
    is how many people were told of something.
    """

    rows: Sequence[Row]
    now: datetime
    told: int = 0
    came_to: dict[str, str | None] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)

    def done(self, row: Row) -> None:
        self.came_to[row.id] = None

    def goes_on(self, row: Row, after: str) -> None:
        self.came_to[row.id] = after

    def waits(self, row: Row) -> None:
        """It can't be done now, and may be when the clock is set right."""
        self.waiting.add(row.id)


Beside = Callable[[Work], Awaitable[datetime | None]]
Inside = Callable[[Transaction, Row, datetime], Awaitable[datetime | None]]
Together = Callable[[Transaction, Round], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one lane are done one after another in each process; lanes don't wait for each other.

    Give one of: `inside`, which runs in the transaction that ends the row; `beside`, which has transactions
    of its own; `together`, which does something about at least the first of up to `at_once` rows, and tells
    at most `per_second` people. The first two return when the row is to be done again, or None.
    """

    lane: str
    inside: Inside | None = None
    beside: Beside | None = None
    together: Together | None = None
    at_once: int = 1
    per_second: float = 0.0
    soon: float = 0.2
    """Seconds between two looks for what a commit of this process has made due."""
    recurring: bool = False
    """One row of the kind's own name, put there at start; the handler returns when it is due next."""
    first_after: timedelta = timedelta(0)


Kinds = Mapping[str, Kind]
