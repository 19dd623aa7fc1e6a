"""Structured logs: `noun.verb_past`, values as fields, never personal data."""

import asyncio
import atexit
import json
import logging
import sys
from threading import Lock
from typing import Any, TextIO

import structlog
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from shared.observing import trace

_TOGETHER = 0.05  # seconds
_open: list["Lines"] = []
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


def _add_correlation(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    correlation = trace.current().correlation
    if correlation and "correlation" not in event:
        event["correlation"] = correlation
    return event


def _as_json(event: Any, **options: Any) -> str:
    """JSON leaves as they are the characters that some readers of lines take for their end."""
    return json.dumps(event, ensure_ascii=False, **options).translate(_LINE_ENDS)


class Lines(structlog.WriteLogger):
    """What merely happened is written some twenty times a second, all together; what went wrong at once, with
    what came before it. A write lets the driver's threads take the interpreter from whoever answers: one for
    each request was a quarter of what reading a person cost (docs/decisions/0008).
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(file)
        self._waiting: list[str] = []
        self._one_at_a_time = Lock()
        _open.append(self)

    def info(self, message: str) -> None:
        with self._one_at_a_time:
            self._waiting.append(message)
            if len(self._waiting) > 1:
                return
        try:
            asyncio.get_running_loop().call_later(_TOGETHER, self.write_out)
        except RuntimeError:
            self.write_out()

    def msg(self, message: str) -> None:
        with self._one_at_a_time:
            self._waiting.append(message)
        self.write_out()

    def write_out(self) -> None:
        with self._one_at_a_time:
            waiting, self._waiting = self._waiting, []
            if waiting:
                super().msg("\n".join(waiting))

    debug = info
    warn = warning = fatal = failure = err = error = critical = exception = log = msg


def write_out() -> None:
    """Nothing waits any more: for a process that a signal ends, as uvicorn's does when told to stop."""
    for lines in _open:
        lines.write_out()


atexit.register(write_out)


def _retried(details: RetryDetails) -> None:
    """Instead of stamina's own line, which quotes arguments and errors: they may name people."""
    structlog.get_logger().info(
        "work.retried",
        what=details.name,
        error=type(details.caused_by).__name__,
        attempt=details.retry_num,
    )


def configure(service: str, level: str = "info") -> None:
    """JSON lines on standard error, one an entry, each with the service and the correlation."""
    lines = Lines(sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_correlation,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    set_on_retry_hooks([_retried])
    # The libraries' own lines: addresses of peers and of requests stay out of the log.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
