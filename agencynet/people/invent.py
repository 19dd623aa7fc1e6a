"""From a seed to people."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import services.directory
from agencynet.people.names import full_name, in_address
from agencynet.people.phones import numbers
from agencynet.people.records import Record
from agencynet.people.staffing import ANY_UNIT, ASSIGNMENTS, OTHER_TITLES, SIZES, TITLES, UNITS, roles_of

_DATA = Path(next(iter(services.directory.__path__))) / "data"
_ENGLISH = 0.06
_PROTECTED_EACH = 90
_FIRST_CHOSEN = ("upphandlare", "informationssakerhetssamordnare")


@dataclass(frozen=True, slots=True)
class Invented:
    """One run's people, and room for those who are hired later."""

    run: int
    staff: dict[str, list[Record]]
    hires: dict[str, Record]
    """A procurement officer for each agency, employed today and in nobody's record yet."""

    @property
    def everybody(self) -> list[Record]:
        return [record for records in self.staff.values() for record in records]

    def visible(self, role: str, agency: str | None = None) -> list[Record]:
        """Who holds the role or assignment and is not protected."""
        return [
            one
            for one in self.everybody
            if not one.protected and role in {one.role, *one.assignments} and agency in {None, one.agency}
        ]

    @property
    def alone(self) -> list[Record]:
        """Who is the only one at their agency in a role or assignment."""
        held = {role: self.visible(role) for role in {*_every_role(self.everybody)}}
        return [
            one
            for holders in held.values()
            for one in holders
            if [other.agency for other in holders].count(one.agency) == 1
        ]


def _every_role(records: list[Record]) -> Iterator[str]:
    """Those of specialists: everybody has a manager and one Director-General."""
    for one in records:
        yield from one.assignments
        if one.role not in {"", "chef", "generaldirektor"}:
            yield one.role


class _Inventor:
    def __init__(self, seed: int, run: int, today: date) -> None:
        self.rng = random.Random(f"agencynet/{seed}/{run}")
        self.run = run
        self.today = today
        self.agencies = {one["slug"]: one for one in _read("agencies")}
        self.specialties = {one["code"]: one["specialties"] for one in _read("roles")}
        self._addresses: Counter[str] = Counter()
        self._phones = self.rng.sample(numbers(), len(numbers()))
        self._chosen = self._others = 0
        self._next_phone = cycle(self._phones)

    def person(self, agency: str, role: str, number: int) -> Record:
        rng = self.rng
        given, family = full_name(rng)
        return Record(
            agency=agency,
            role=role,
            employee_id=f"{self.run}-{number:04}",
            version=1,
            given_name=given,
            family_name=family,
            email=self._address(agency, given, family),
            phone=next(self._next_phone),
            title=rng.choice(TITLES.get(role, OTHER_TITLES)),
            location=self._place(agency),
            employed_from=self._employed_from(),
            specialties=self._specialties(role),
            unit=UNITS.get(role) or rng.choice(ANY_UNIT),
            language=self._language(role),
            protected=self._is_protected(role),
        )

    def _address(self, agency: str, given: str, family: str) -> str:
        local = f"{in_address(given)}.{in_address(family)}"
        self._addresses[f"{local}@{agency}"] += 1
        nth = self._addresses[f"{local}@{agency}"]
        parts = (local + (str(nth) if nth > 1 else ""), *((str(self.run),) if self.run > 1 else ()))
        return f"{'.'.join(parts)}@{self.agencies[agency]['mail_domain']}"

    def _language(self, role: str) -> Literal["sv", "en"]:
        """Of those whom the story is about some read English, by count and not by chance."""
        if role in _FIRST_CHOSEN:
            self._chosen += 1
            return "en" if self._chosen % 6 == 0 else "sv"
        return "en" if self.rng.random() < _ENGLISH else "sv"

    def _is_protected(self, role: str) -> bool:
        """One in ninety, by count as well."""
        if role in _FIRST_CHOSEN:
            return False
        self._others += 1
        return self._others % _PROTECTED_EACH == 0

    def _place(self, agency: str) -> str:
        """The first named is where most work."""
        places = self.agencies[agency]["places"]
        return self.rng.choices(places, weights=[4, *[1] * (len(places) - 1)])[0]

    def _specialties(self, role: str) -> list[str]:
        known = self.specialties.get(role, [])
        return sorted(self.rng.sample(known, min(len(known), self.rng.randint(1, 3))))

    def _employed_from(self) -> date:
        """Some are new, some have an anniversary about now, the others have been here for a while."""
        what = self.rng.random()
        if what < 0.08:
            return self.today - timedelta(days=self.rng.randint(0, 150))
        if what < 0.14:
            years = self.rng.choice((5, 10, 20))
            return self.today - timedelta(days=round(years * 365.25) + self.rng.randint(0, 20))
        return self.today - timedelta(days=self.rng.randint(200, 35 * 365))


def invent(run: int, today: date, seed: int = 1) -> Invented:
    """The people of the run: others each run, the same ones every time for the same run, seed and day."""
    inventor = _Inventor(seed, run, today)
    # Those who will be called in the story get their numbers first, so that none of these is shared.
    wanted = [(agency, role) for agency in SIZES for role in roles_of(agency)]
    wanted.sort(key=lambda one: one[1] not in _FIRST_CHOSEN)
    staff: dict[str, list[Record]] = {agency: [] for agency in SIZES}
    for agency, role in wanted:
        staff[agency].append(inventor.person(agency, role, len(staff[agency]) + 1))
    for agency, records in staff.items():
        staff[agency] = _with_managers(_with_assignments(inventor.rng, records))
    hires = {
        agency: replace(
            inventor.person(agency, "upphandlare", len(records) + 1),
            title="Inköpare",
            employed_from=today,
            language="sv",
        )
        for agency, records in staff.items()
    }
    return Invented(run, staff, hires)


def _with_assignments(rng: random.Random, records: list[Record]) -> list[Record]:
    others = [one.employee_id for one in records if one.role not in {*_FIRST_CHOSEN, "chef"}]
    given = iter(rng.sample(others, sum(ASSIGNMENTS.values())))
    held = {next(given): name for name, count in ASSIGNMENTS.items() for _ in range(count)}
    return [
        replace(one, assignments=[held[one.employee_id]], protected=False) if one.employee_id in held else one
        for one in records
    ]


def _with_managers(records: list[Record]) -> list[Record]:
    managers = [one.employee_id for one in records if one.role == "chef"]
    return [
        replace(one, manager_employee_id=managers[number % len(managers)])
        if one.role not in {"chef", "generaldirektor"}
        else one
        for number, one in enumerate(records)
    ]


def _read(name: str) -> list[dict[str, Any]]:
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
