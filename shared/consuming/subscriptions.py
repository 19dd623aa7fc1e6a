"""What a service follows, and who handles it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.consuming.incoming import Incoming, Salvage
from shared.consuming.states import Copy
from shared.contracts.topics import STAFF_PREFIX, Topic
from shared.mongo import Transaction

Handler = Callable[[Transaction, Sequence[Incoming[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic and who handles it; the topic None stands for every agency's staff topic."""

    topic: Topic | None
    handle: Handler
    copy: Copy[Any] | None = None
    """What is kept of a state topic, for `agencynet rebuild`; `handle` applies it."""

    salvage: Salvage | None = None

    @classmethod
    def keeping(cls, copy: Copy[Any], handle: Handler) -> "Subscription":
        return cls(copy.topic, handle, copy)

    @property
    def pattern(self) -> str:
        return re.escape(self.topic.name) if self.topic else re.escape(STAFF_PREFIX) + "[a-z0-9-]+"
