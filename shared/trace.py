"""What the work at hand was caused by."""

from contextvars import ContextVar

import uuid_utils

from shared.contracts.envelope import Trace

_NOTHING = Trace()
_current: ContextVar[Trace] = ContextVar("trace", default=_NOTHING)


def current() -> Trace:
    return _current.get()


def begin(correlation: str | None = None, parent: str | None = None) -> Trace:
    """The trace of what follows in this task; a correlation is made up where none came along."""
    trace = Trace(correlation or str(uuid_utils.uuid7()), parent)
    _current.set(trace)
    return trace
