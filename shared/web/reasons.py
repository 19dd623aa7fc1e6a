"""What is wrong with a field, said to who sent it and not in the words of the library that found it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic_core.core_schema import ErrorType

from shared import wrong_fields as wrong
from shared.errors import WrongField

_LIBRARYS = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}


class _Said(NamedTuple):
    kind: type[WrongField]
    text: str = ""
    """Where the title of the kind does not name the limit."""
    limit: str = ""
    """What the library calls the value that the kind takes."""


_NO_DAY, _NO_INSTANT = _Said(wrong.IsNotDay), _Said(wrong.IsNotInstant)
_NO_WHOLE_NUMBER, _NO_NUMBER = _Said(wrong.IsNotWholeNumber), _Said(wrong.IsNotNumber)
_NO_BOOLEAN, _NO_LIST, _NO_OBJECT = (
    _Said(kind) for kind in (wrong.IsNotBoolean, wrong.IsNotList, wrong.IsNotObject)
)
_FOUND = {
    "missing": _Said(wrong.IsMissing),
    "extra_forbidden": _Said(wrong.IsNotKnown),
    "string_type": _Said(wrong.IsNotText),
    "string_pattern_mismatch": _Said(wrong.HasUnfitForm),
    "string_too_long": _Said(wrong.IsTooLong, "must have at most {} characters", "max_length"),
    "string_too_short": _Said(wrong.IsTooShort, "must have at least {} characters", "min_length"),
    "too_long": _Said(wrong.HasTooManyValues, "must have at most {} values", "max_length"),
    "too_short": _Said(wrong.HasTooFewValues, "must have at least {} values", "min_length"),
    "bool_type": _NO_BOOLEAN,
    "bool_parsing": _NO_BOOLEAN,
    "int_type": _NO_WHOLE_NUMBER,
    "int_parsing": _NO_WHOLE_NUMBER,
    "int_parsing_size": _NO_WHOLE_NUMBER,
    "int_from_float": _NO_WHOLE_NUMBER,
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "greater_than": _Said(wrong.IsNotAbove, "must be more than {}", "gt"),
    "greater_than_equal": _Said(wrong.IsTooSmall, "must be at least {}", "ge"),
    "less_than": _Said(wrong.IsNotBelow, "must be less than {}", "lt"),
    "less_than_equal": _Said(wrong.IsTooLarge, "must be at most {}", "le"),
    "literal_error": _Said(wrong.IsNotOneOf, "must be {}", "expected"),
    "enum": _Said(wrong.IsNotOneOf, "must be {}", "expected"),
    "list_type": _NO_LIST,
    "tuple_type": _NO_LIST,
    "dict_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "model_attributes_type": _NO_OBJECT,
    "date_type": _NO_DAY,
    "date_parsing": _NO_DAY,
    "date_from_datetime_parsing": _NO_DAY,
    "date_from_datetime_inexact": _NO_DAY,
    "datetime_type": _NO_INSTANT,
    "datetime_parsing": _NO_INSTANT,
    "datetime_from_date_parsing": _NO_INSTANT,
    "datetime_object_invalid": _NO_INSTANT,
    "timezone_aware": _NO_INSTANT,
    # What shared/contracts/types.py finds: it knows nothing of HTTP.
    "blank": _Said(wrong.IsBlank),
    "mail_no_address": _Said(wrong.HasNoAddressForm),
    "mail_letters": _Said(wrong.HasUnfitLettersBeforeAt),
    "mail_local_part": _Said(wrong.HasNoAddressBeforeAt),
    "mail_domain": _Said(wrong.HasUnfitDomain),
}


def wrong_field(found: Mapping[str, Any]) -> WrongField:
    """Of one of pydantic's errors. What our own rules say is said as it is."""
    kind, context = found["type"], found.get("ctx") or {}
    if isinstance(ours := context.get("error"), WrongField):
        return ours
    if kind == "string_too_short" and context["min_length"] == 1:
        return wrong.IsEmpty()
    if kind == "unfit_character":
        return wrong.HasUnfitCharacter(found["msg"], character=f"U+{ord(context['character']):04X}")
    if known := _FOUND.get(kind):
        return _of(known, context)
    if kind in _LIBRARYS:
        return wrong.DoesNotFit()
    said = found["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return wrong.DoesNotFit(said[:1].lower() + said[1:])


def _of(said: _Said, context: Mapping[str, Any]) -> WrongField:
    if not said.limit:
        return said.kind()
    limit: str | float = context[said.limit]
    return said.kind(said.text.format(limit), **dict.fromkeys(said.kind.takes, limit))


def reason(found: Mapping[str, Any]) -> str:
    return str(wrong_field(found))
