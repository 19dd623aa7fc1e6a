"""One mechanism for everything that happens later (docs/decisions/0029): a row says what kind of work is due
about which subject and when. Write it in the transaction that causes the work; a table says which handler
does which kind.

A row that fails is tried again after seconds, then after a minute. Its third failure in a row sets it aside
until an operator retries it (`agencynet due`). Its neighbours go on, and so does its process.
"""

from shared.due.kinds import Kind, Kinds, Round, Work
from shared.due.rows import INDEXES, Row, cancel, cancel_of, ensure, follow, inherit, move, pending, schedule
from shared.due.worker import do_all, is_trouble, lanes

__all__ = [
    "INDEXES",
    "Kind",
    "Kinds",
    "Round",
    "Row",
    "Work",
    "cancel",
    "cancel_of",
    "do_all",
    "ensure",
    "follow",
    "inherit",
    "is_trouble",
    "lanes",
    "move",
    "pending",
    "schedule",
]
