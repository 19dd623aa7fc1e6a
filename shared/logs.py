"""Structured logs: `noun.verb_past`, values as fields, never personal data."""

import logging
import sys
from typing import Any

import structlog

from shared import trace


def _add_correlation(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    correlation = trace.current().correlation
    if correlation and "correlation" not in event:
        event["correlation"] = correlation
    return event


def configure(service: str, level: str = "info") -> None:
    """JSON lines on standard error, one an entry, each with the service and the correlation."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_correlation,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # The libraries' own lines: addresses of peers and of requests stay out of the log.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
