"""The rows, in the order in which they are run."""

from agencynet.faults.row import Row
from agencynet.faults.rows import (
    again,
    backlog,
    broker,
    database,
    kills,
    mass_leave,
    network,
    poison,
    rolling,
    stopped,
)

ROWS: tuple[Row, ...] = (
    *kills.ROWS,
    *broker.ROWS,
    *database.ROWS,
    *network.ROWS,
    *stopped.ROWS,
    *rolling.ROWS,
    *poison.ROWS,
    *mass_leave.ROWS,
    *backlog.ROWS,
    *again.ROWS,
)
