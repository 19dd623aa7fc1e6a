"""What the work at hand was caused by."""

import re
from collections.abc import Iterable
from contextvars import ContextVar

import uuid_utils

from shared.contracts.envelope import Trace

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?", re.ASCII)
_NOTHING = Trace()
_current: ContextVar[Trace] = ContextVar("trace", default=_NOTHING)


def current() -> Trace:
    return _current.get()


def parent_of(headers: Iterable[str]) -> str | None:
    """The trace that the caller has told of. None of several, and none that the standard does not know (W3C
    Trace Context, 2.2.2 and 3.2): a new trace begins then.
    """
    told = [each.strip() for each in headers]
    if len(told) != 1 or not (found := _PARENT.fullmatch(told[0])):
        return None
    version, trace_id, parent_id, _, more = found.groups()
    if version == "ff" or not trace_id.strip("0") or not parent_id.strip("0") or (version == "00" and more):
        return None
    return told[0][:55]


def known(told: Trace) -> Trace:
    """Of a message: its parent only where it is one."""
    return told if told.parent is None else Trace(told.correlation, parent_of([told.parent]))


def begin(correlation: str | None = None, parent: str | None = None) -> Trace:
    """The trace of what follows in this task; a correlation is made up where none came along."""
    trace = Trace(correlation or str(uuid_utils.uuid7()), parent)
    _current.set(trace)
    return trace
