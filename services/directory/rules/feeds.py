"""How an agency's feed is getting on, in a word."""

from datetime import datetime, timedelta
from typing import Literal

State = Literal["never", "flowing", "quiet", "stuck"]
# A small agency may have nothing to tell over Christmas; nothing for this long is worth a look.
QUIET_AFTER = timedelta(days=7)


def state(last: datetime | None, failed: int, now: datetime) -> State:
    """`failed` records wait because the network could not handle them: that is said before all else."""
    if failed:
        return "stuck"
    if last is None:
        return "never"
    return "quiet" if now - last > QUIET_AFTER else "flowing"
