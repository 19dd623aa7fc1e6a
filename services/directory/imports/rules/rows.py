"""One row as an employee's record, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.directory.imports.rules import values
from services.directory.imports.rules.days import Order, Orders, day
from services.directory.imports.rules.faults import Fault
from services.directory.imports.rules.headings import NAME, Columns
from services.directory.imports.rules.unreadable import Unreadable
from services.directory.intake.rules.safety import SafetyFacts
from shared.contracts.staff import StaffRecord

# What a program puts for a letter that it could not read.
_GARBLED = "\N{REPLACEMENT CHARACTER}"
_DAYS = frozenset({"employed_from", "employed_to"})
_CODES = {
    "blank": "missing",
    "nameless": "nameless",
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "too_long": "too_many",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`number` as a spreadsheet counts, the heading's row included. Without a record there are faults."""

    number: int
    employee_id: str = ""
    record: StaffRecord | None = None
    faults: tuple[Fault, ...] = ()
    facts: SafetyFacts | None = None
    """What holds of a row without a record."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of a file when its headings have been read."""

    headings: Sequence[str]
    columns: Columns
    version: int
    orders: Orders = field(default_factory=dict[int, Order])
    said: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        fields = set(self.columns.values())
        if NAME in fields:
            fields |= {"given_name", "family_name"}
        object.__setattr__(self, "said", frozenset(fields - {NAME}))

    @property
    def places_of_days(self) -> list[int]:
        return [place for place, name in self.columns.items() if name in _DAYS]

    def row(self, number: int, cells: Sequence[str]) -> Row:
        if len(cells) > len(self.headings) and any(cell.strip() for cell in cells[len(self.headings) :]):
            return self._with_shifted_cells(number, cells)
        fields, faults = self._read(cells)
        employee_id = str(fields.get("employee_id", ""))[:200]
        try:
            record = StaffRecord.model_validate(
                {"status": "active", "given_name": "", "family_name": "", **fields, "version": self.version}
            )
        except ValidationError as error:
            named = {fault.column for fault in faults}
            more = [fault for fault in self._found(error) if fault.column not in named]
            facts = self._facts(cells, employee_id)
            return Row(number, employee_id, faults=self._in_order([*faults, *more]), facts=facts)
        if not faults:
            return Row(number, employee_id, record)
        return Row(number, employee_id, None, self._in_order(faults), self._facts(cells, employee_id))

    def _with_shifted_cells(self, number: int, cells: Sequence[str]) -> Row:
        """No telling which column a value is of, unless it stands before the others."""
        fault = (Fault("too_many_cells"),)
        place = next((place for place, name in self.columns.items() if name == "employee_id"), 1)
        employee_id = values.number(values.clean(cells[0])) if place == 0 else ""
        if not employee_id or "protected" not in self.columns.values():
            return Row(number, faults=fault)
        return Row(number, employee_id, None, fault, SafetyFacts(employee_id, None, protected=True))

    def _facts(self, cells: Sequence[str], employee_id: str) -> SafetyFacts | None:
        """What the row says of protection and of leaving, whatever is wrong with the rest of it."""
        if not employee_id:
            return None
        said = {
            name: values.clean(cells[place])
            for place, name in self.columns.items()
            if name in {"protected", "status"} and place < len(cells)
        }
        flag = values.flag(said["protected"]) if "protected" in said else False
        return SafetyFacts(employee_id, None, flag, values.has_left(said.get("status", "")))

    def _read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Fault]]:
        fields: dict[str, Any] = {}
        faults: list[Fault] = []
        for place, name in self.columns.items():
            value = values.clean(cells[place]) if place < len(cells) else ""
            if not value or name in fields:
                continue
            try:
                said = self._said(place, name, value)
            except Unreadable as fault:
                faults.append(Fault(str(fault), self.headings[place].strip()))
                continue
            if said in (None, ""):
                continue
            if name == NAME:
                fields.setdefault("given_name", said[0])
                fields.setdefault("family_name", said[1])
            else:
                fields[name] = said
        return fields, faults

    def _said(self, place: int, name: str, value: str) -> Any:
        if _GARBLED in value:
            raise Unreadable("bad_characters")
        value = values.meant(value, name)
        if not value:
            return None
        if name in _DAYS:
            return day(value, self.orders.get(place, "day"))
        return values.READERS[name](value) if name in values.READERS else value

    def _in_order(self, faults: Sequence[Fault]) -> tuple[Fault, ...]:
        if len(faults) < 2:
            return tuple(faults)
        places = {heading.strip(): place for place, heading in enumerate(self.headings)}
        return tuple(sorted(faults, key=lambda fault: places.get(fault.column, -1)))

    def _found(self, error: ValidationError) -> Iterator[Fault]:
        """Each field once."""
        places: dict[str, int] = {}
        for place, name in self.columns.items():
            places.setdefault(name, place)
        seen: set[str] = set()
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            # Of the record as a whole there is one thing to say: nobody is named.
            name = str(each["loc"][0]) if each["loc"] else "given_name"
            if name in seen:
                continue
            seen.add(name)
            kind = each["type"]
            code = _CODES.get(kind, "bad_address" if name == "email" else "bad_characters")
            place = places.get(name, places.get(NAME) if name.endswith("_name") else None)
            yield Fault(code, self.headings[place].strip() if place is not None else name)
