"""Staff records in any number, for measuring only."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from services.directory.vocabulary import ROLES
from shared.contracts.envelope import Trace, encode
from shared.contracts.staff import StaffRecord

GIVEN = ("Åsa", "Örjan", "Märta", "Ali", "Signe", "Jonas", "Elif", "Nils-Anders", "Hanna", "Per")
FAMILY = ("Öberg", "Lindqvist", "Åkerlund", "Sjöström", "Yılmaz", "Nordin", "Ek", "Hällgren", "Svensson")
PLACES = ("Sundsvall", "Härnösand", "Östersund", "Karlstad")


def staff_records(count: int, seed: int = 1, start: int = 0) -> Iterator[StaffRecord]:
    rng = random.Random(seed)
    roles = [role for role in ROLES.values() if not role.assignment]
    for number in range(start, start + count):
        role = rng.choice(roles)
        yield StaffRecord(
            employee_id=f"e{number}",
            version=1,
            status="active",
            given_name=rng.choice(GIVEN),
            family_name=f"{rng.choice(FAMILY)}",
            email=f"e{number}@bench.example",
            phone=f"060-{rng.randrange(10_000_000):07}",
            title=rng.choice((role.sv, *role.synonyms)),
            roles=(role.code,),
            specialties=tuple(role.specialties[:2]),
            unit=f"Enhet {number % 40}",
            location=rng.choice(PLACES),
            protected=False,
        )


def staff_messages(agency: str, count: int, seed: int = 1, start: int = 0) -> Iterator[tuple[str, bytes]]:
    now = datetime.now(UTC)
    for record in staff_records(count, seed, start):
        yield (
            record.employee_id,
            encode(
                message_id=f"{record.employee_id}.1",
                source=f"/staff/{agency}",
                kind="staff.record.changed.v1",
                subject=record.employee_id,
                data=record,
                trace=Trace(f"bench-{record.employee_id}"),
                now=now,
            ),
        )
