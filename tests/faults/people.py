"""Who works at the agencies of a run. A record follows from its number and version, so that what a database
holds can be held against what was sent without keeping it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from shared.contracts.envelope import Trace, encode
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord

# The first at each agency come to meetings and courses; the others only change.
STAGE = 100
ROLE = "jurist"
# Whom the small meetings are for.
FEW = 5
FEW_ROLE = "it-arkitekt"


class Employee(NamedTuple):
    agency: str
    number: int

    @property
    def employee_id(self) -> str:
        return f"{self.number}"

    @property
    def id(self) -> str:
        return person_id(self.agency, self.employee_id)

    @property
    def address(self) -> str:
        return f"{self.number}@{self.agency}.example"


def title_of(version: int) -> str:
    return f"Handläggare {version}"


def _roles(who: Employee) -> tuple[str, ...]:
    if who.number >= STAGE:
        return ()
    return (ROLE, FEW_ROLE) if who.number >= STAGE - FEW else (ROLE,)


def record(who: Employee, version: int, *, left: bool = False) -> StaffRecord:
    return StaffRecord(
        employee_id=who.employee_id,
        version=version,
        status="left" if left else "active",
        given_name="Åsa",
        family_name=f"Öberg {who.number}",
        email=who.address,
        title=title_of(version),
        roles=_roles(who),
        location="Sundsvall",
        employed_from=date(2020, 1, 1),
        protected=False,
    )


def message(who: Employee, version: int, *, left: bool = False) -> bytes:
    return encode(
        message_id=f"{who.employee_id}.{version}",
        source=f"/staff/{who.agency}",
        kind="staff.record.changed.v1",
        subject=who.employee_id,
        data=record(who, version, left=left),
        trace=Trace(f"faults-{who.agency}-{who.number}-{version}"),
        now=datetime.now(UTC),
    )
