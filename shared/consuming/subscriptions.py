"""What a service follows, and who handles it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.consuming.incoming import Incoming, Salvage
from shared.consuming.states import Copy
from shared.contracts.topics import STAFF_PREFIX, Topic
from shared.mongo import Indexes, Transaction

Handler = Callable[[Transaction, Sequence[Incoming[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic and who handles it; the topic None stands for every agency's staff topic."""

    topic: Topic | None
    handle: Handler
    copy: Copy[Any] | None = None
    """What is kept of a state topic, for `agencynet rebuild`; `handle` applies it."""

    salvage: Salvage | None = None
    indexes: Indexes = field(default_factory=dict)
    """Collections beside the service's own that `handle` writes to."""

    @classmethod
    def keeping(cls, copy: Copy[Any], handle: Handler, indexes: Indexes | None = None) -> "Subscription":
        return cls(copy.topic, handle, copy, indexes=indexes or {})

    @property
    def pattern(self) -> str:
        return re.escape(self.topic.name) if self.topic else re.escape(STAFF_PREFIX) + "[a-z0-9-]+"
