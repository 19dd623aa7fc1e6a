"""One row as an employee's record, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.directory.rules.imports import values
from services.directory.rules.imports.faults import Fault
from services.directory.rules.imports.headings import NAME, Columns
from shared.contracts.staff import StaffRecord

# What a program puts for a letter that it could not read.
_GARBLED = "\N{REPLACEMENT CHARACTER}"
_CODES = {
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


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of a file when its headings have been read."""

    headings: Sequence[str]
    columns: Columns
    version: int
    said: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        fields = set(self.columns.values())
        if NAME in fields:
            fields |= {"given_name", "family_name"}
        object.__setattr__(self, "said", frozenset(fields - {NAME}))

    def row(self, number: int, cells: Sequence[str]) -> Row:
        if len(cells) > len(self.headings) and any(cell.strip() for cell in cells[len(self.headings) :]):
            return Row(number, faults=(Fault("too_many_cells"),))
        fields, faults = self._read(cells)
        employee_id = str(fields.get("employee_id", ""))[:200]
        try:
            record = StaffRecord.model_validate(
                {"status": "active", "given_name": "", "family_name": "", **fields, "version": self.version}
            )
        except ValidationError as error:
            named = {fault.column for fault in faults}
            more = [fault for fault in self._found(error) if fault.column not in named]
            return Row(number, employee_id, faults=self._in_order([*faults, *more]))
        return Row(number, employee_id, None if faults else record, self._in_order(faults))

    def _read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Fault]]:
        fields: dict[str, Any] = {}
        faults: list[Fault] = []
        for place, name in self.columns.items():
            value = values.clean(cells[place]) if place < len(cells) else ""
            if not value or name in fields:
                continue
            try:
                if _GARBLED in value:
                    raise values.Unreadable("bad_characters")  # noqa: TRY301 - like any other
                said = values.READERS[name](value) if name in values.READERS else value
            except values.Unreadable as fault:
                faults.append(Fault(str(fault), self.headings[place].strip()))
                continue
            if name == NAME:
                fields.setdefault("given_name", said[0])
                fields.setdefault("family_name", said[1])
            else:
                fields[name] = said
        return fields, faults

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
            name = str(each["loc"][0])
            if name in seen:
                continue
            seen.add(name)
            kind = each["type"]
            code = _CODES.get(kind, "bad_address" if name == "email" else "bad_characters")
            place = places.get(name, places.get(NAME) if name.endswith("_name") else None)
            yield Fault(code, self.headings[place].strip() if place is not None else name)
