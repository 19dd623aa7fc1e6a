"""Which requests can be carried out at all."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from services.notify.rules import calendar_parts
from shared.consuming.parking import problems, say
from shared.contracts.notify import KINDS, Request
from shared.contracts.types import Contract


def accept(request: Request) -> tuple[Contract | None, str]:
    """The data as its kind reads it, or the reason why it can't be told to anybody."""
    kind = KINDS.get(request.kind)
    if kind is None:
        return None, f"data.kind is none of {', '.join(sorted(KINDS))}"
    try:
        data = kind.data.model_validate_json(to_json(request.data))
    except ValidationError as error:
        return None, f"data.data does not fit {request.kind}: {say(problems(error))}"
    wrong = [*_wrong_fields(data), *(calendar_parts.problems(request.calendar) if request.calendar else ())]
    if request.not_after is not None and request.not_after.tzinfo is None:
        wrong.append("data.not_after has no UTC offset")
    return (None, "; ".join(wrong)) if wrong else (data, "")


def _wrong_fields(data: BaseModel) -> Iterator[str]:
    for path, value in _leaves(data.model_dump(), "data.data"):
        if isinstance(value, str) and any(unicodedata.category(c) == "Cc" for c in value):
            yield f"{path} has control characters"
        if isinstance(value, datetime) and value.tzinfo is None:
            yield f"{path} has no UTC offset"
    zone = getattr(data, "zone", None)
    if zone is not None and not _is_zone(zone):
        yield "data.data.zone is no IANA time zone"


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{position}")
    else:
        yield path, value


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
