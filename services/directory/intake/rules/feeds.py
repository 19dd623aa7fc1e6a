"""How an agency's feed is getting on, in a word."""

from datetime import datetime, timedelta
from typing import Literal

State = Literal["never", "flowing", "quiet", "stuck", "unreadable"]
# A small agency may have nothing to tell over Christmas; nothing for this long is worth a look.
QUIET_AFTER = timedelta(days=7)


def state(last: datetime | None, failed: int, now: datetime, *, unreadable: bool = False) -> State:
    """`unreadable` bytes hold up all that was sent after them, and are the agency's to look into: that is
    said before all else. `failed` records wait because the network could not handle them.
    """
    if unreadable:
        return "unreadable"
    if failed:
        return "stuck"
    if last is None:
        return "never"
    return "quiet" if now - last > QUIET_AFTER else "flowing"
