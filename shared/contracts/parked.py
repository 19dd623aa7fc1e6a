"""What a service could not handle."""

from datetime import datetime
from typing import Literal

from shared.contracts.types import Contract


class Parked(Contract):
    """`refused`: the sender's to mend. `failed`: ours. The reason names the field, never its content."""

    topic: str
    partition: int
    offset: int
    key: str | None = None
    kind: Literal["refused", "failed"]
    reason: str
    parked_at: datetime
    value_base64: str
    truncated: bool = False
