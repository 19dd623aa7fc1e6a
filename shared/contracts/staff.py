"""What agencies publish: `staff.<agency>`."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from shared.contracts.types import Address, Contract, Language, OptionalText, Text, Version


class StaffRole(Contract):
    """A role or assignment as the agency writes it: a code or its own word."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")


class StaffRecord(Contract):
    """One employee's whole record as the agency's system has it.

    `version` rises per employee; a system that has none sends its change time in milliseconds.
    Unknown fields are refused: a misspelt field would otherwise be lost without a word.
    """

    model_config = ConfigDict(extra="forbid")

    employee_id: Text
    version: Version
    status: Literal["active", "left"]
    given_name: Text
    family_name: Text
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
