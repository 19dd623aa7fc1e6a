"""What somebody proposes to correct about another, and what an accepted correction does."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from services.directory.refusals import IsNoRole
from services.directory.vocabulary import ROLES, specialty_of
from shared.contracts.types import Address, OptionalText, Text
from shared.web.reasons import wrong_field
from shared.wrong_fields import DoesNotFit

CorrectionKind = Literal["change", "has_left"]
CorrectionState = Literal["waiting", "accepted", "rejected", "pointless"]
Decision = Literal["accepted", "rejected"]
Correctable = Literal[
    "given_name", "family_name", "email", "phone", "title", "unit", "place", "roles", "specialties"
]

_SHAPES: Mapping[Correctable, TypeAdapter[Any]] = {
    "given_name": TypeAdapter(Text),
    "family_name": TypeAdapter(Text),
    "email": TypeAdapter(Address | None),
    "phone": TypeAdapter(OptionalText),
    "title": TypeAdapter(OptionalText),
    "unit": TypeAdapter(OptionalText),
    "place": TypeAdapter(OptionalText),
    "roles": TypeAdapter(list[Text]),
    "specialties": TypeAdapter(list[Text]),
}


def as_kept(field: Correctable, value: Any) -> Any:
    """The value as people's documents have it.

    Raises:
        WrongField: the field can't hold it.

    """
    try:
        read = _SHAPES[field].validate_python(value, strict=True)
    except ValidationError as error:
        found = [wrong_field(each) for each in error.errors()]
        raise (found[0] if len(found) == 1 else DoesNotFit("; ".join(map(str, found)))) from error
    if field == "specialties":
        return list(dict.fromkeys(map(specialty_of, read)))
    if field != "roles":
        return read
    if unknown := [code for code in read if code not in ROLES or ROLES[code].assignment]:
        raise IsNoRole(f"there is no role {', '.join(unknown)}; see GET /directory/v1/roles")
    return [{"code": code, "since": None, "until": None} for code in dict.fromkeys(read)]


Corrected = Mapping[str, Mapping[str, Any]]


def accept(
    corrected: Corrected, correction: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """The corrections in force with this one; `said` is what the feed says. It holds as long as that."""
    field, value = effect(correction)
    return {**corrected, field: {"said": said[field], "value": value, "id": correction["_id"]}}


def effect(correction: Mapping[str, Any]) -> tuple[str, Any]:
    return (
        ("status", "left") if correction["kind"] == "has_left" else (correction["field"], correction["value"])
    )


def take_back(corrected: Corrected, correction_id: str) -> dict[str, Mapping[str, Any]]:
    return {name: each for name, each in corrected.items() if each["id"] != correction_id}
