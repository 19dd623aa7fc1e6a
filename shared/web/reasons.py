"""What is wrong with a field, said to who sent it and not in the words of the library that found it."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

_LIBRARYS = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}
_WHOLE = "must be a whole number"
_DAY = "must be a day, such as 2026-11-25"
_MOMENT = "must be a time with its zone, such as 2026-11-25T09:00:00Z"
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "string_pattern_mismatch": "has characters or a form that are not allowed",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "too_long": "must have at most {max_length} values",
    "too_short": "must have at least {min_length} values",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
}
_OTHER = "has a value that does not fit"


def reason(found: Mapping[str, Any]) -> str:
    """Of one of pydantic's errors. What our own rules say is said as it is."""
    kind = found["type"]
    if kind == "string_too_short" and found["ctx"]["min_length"] == 1:
        return "must not be empty"
    if kind in _WORDS:
        return _WORDS[kind].format_map(found.get("ctx") or {})
    if kind in _LIBRARYS:
        return _OTHER
    said = found["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return said[:1].lower() + said[1:]
