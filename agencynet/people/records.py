"""An employee as an agency's system has them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal

from shared.contracts.ids import person_id


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of `staff.record.changed.v1`, and the agency whose record it is. `role` is our own note."""

    agency: str
    role: str
    employee_id: str
    version: int
    given_name: str
    family_name: str
    email: str
    phone: str
    title: str
    location: str
    employed_from: date
    status: Literal["active", "left"] = "active"
    roles: list[str] = field(default_factory=list[str])
    assignments: list[str] = field(default_factory=list[str])
    specialties: list[str] = field(default_factory=list[str])
    unit: str = ""
    employed_to: date | None = None
    manager_employee_id: str | None = None
    language: Literal["sv", "en"] = "sv"
    protected: bool = False

    @property
    def id(self) -> str:
        """The person's id in the network."""
        return person_id(self.agency, self.employee_id)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def changed(self, **changes: Any) -> Record:
        """The record's next version."""
        return replace(self, version=self.version + 1, **changes)

    def data(self) -> dict[str, Any]:
        """As it is published; what is empty is left out."""
        kept = {name: value for name, value in asdict(self).items() if name not in {"agency", "role"}}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in kept.items()
            if value not in (None, "", [])
        }
