"""What agencies publish: `staff.<agency>`."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, from_json, to_json

from shared.contracts.types import Address, Contract, Language, OptionalText, Text, Version


class StaffRole(Contract):
    """A role or assignment as the agency writes it: a code or its own word."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")


class StaffRecord(Contract):
    """One employee's whole record as the agency's system has it.

    `version` rises per employee and door; a system that has none sends its change time in milliseconds.
    A null is as if the field were absent. Some people have one name: either field may be empty, not both.
    Unknown fields are refused: a misspelt field would otherwise be lost without a word.
    """

    model_config = ConfigDict(extra="forbid")

    employee_id: Text
    version: Version
    status: Literal["active", "left"]
    given_name: OptionalText = ""
    family_name: OptionalText = ""
    email: Address | None = None
    phone: OptionalText = ""
    title: OptionalText = ""
    roles: tuple[Text | StaffRole, ...] = Field(default=(), max_length=50)
    assignments: tuple[Text | StaffRole, ...] = Field(default=(), max_length=50)
    specialties: tuple[Text, ...] = Field(default=(), max_length=50)
    unit: OptionalText = ""
    location: OptionalText = ""
    employed_from: date | None = None
    employed_to: date | None = None
    manager_employee_id: Text | None = None
    language: Language = "sv"
    protected: bool | None = None

    @model_validator(mode="after")
    def _is_called_something(self) -> Self:
        if not self.given_name and not self.family_name:
            raise PydanticCustomError("nameless", "needs a given_name or a family_name")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        for name, said in properties.items():
            if name not in _REQUIRED and "anyOf" not in said:
                kept = {key: said.pop(key) for key in ("title", "default") if key in said}
                properties[name] = {"anyOf": [said, {"type": "null"}], **kept}
        return schema


_REQUIRED = frozenset({"employee_id", "version", "status"})


class _KeptStaffRecord(StaffRecord):
    """Taken in under older rules, which let more through."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="after")
    def _is_called_something(self) -> Self:
        return self


def read_kept(record: bytes | Mapping[str, Any]) -> StaffRecord:
    """A record that was taken in once, perhaps under older rules."""
    kept = record if isinstance(record, bytes) else to_json(record)
    try:
        return StaffRecord.model_validate_json(kept)
    except ValidationError:
        return _KeptStaffRecord.model_validate_json(kept)


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """The record's fields, and those of its roles, without those that say null."""
    said = {name: value for name, value in data.items() if value is not None}
    for name in ("roles", "assignments"):
        if isinstance(held := said.get(name), list):
            said[name] = [
                {key: value for key, value in each.items() if value is not None}
                if isinstance(each, dict)
                else each
                for each in held
            ]
    return said


def message_without_nulls(value: bytes) -> bytes | None:
    """A message's bytes as if its record had no nulls; None where that changes nothing."""
    try:
        message = from_json(value)
    except ValueError:
        return None
    if not isinstance(message, dict) or not isinstance(data := message.get("data"), dict):
        return None
    said = without_nulls(data)
    return None if said == data else to_json({**message, "data": said})
