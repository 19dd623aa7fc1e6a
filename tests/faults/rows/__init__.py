"""The rows, in the order in which they are run."""

from tests.faults.row import Row
from tests.faults.rows import (
    again,
    backlog,
    broker,
    clocks,
    database,
    disk,
    inputs,
    kills,
    mail_server,
    mass_leave,
    network,
    poison,
    poisoned_job,
    power_cut,
    reminders,
    rolling,
    stopped,
    undecodable,
)

ROWS: tuple[Row, ...] = (
    *kills.ROWS,
    *broker.ROWS,
    *database.ROWS,
    *disk.ROWS,
    *network.ROWS,
    *stopped.ROWS,
    *rolling.ROWS,
    *poison.ROWS,
    *poisoned_job.ROWS,
    *mass_leave.ROWS,
    *inputs.ROWS,
    *undecodable.ROWS,
    *power_cut.ROWS,
    *mail_server.ROWS,
    *reminders.ROWS,
    *clocks.ROWS,
    *again.ROWS,
    *backlog.ROWS,
)
