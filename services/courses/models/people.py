"""What courses keeps of people."""

from datetime import date

from shared.contracts.parts import Affiliation


class Employee(Affiliation):
    """Whom a course may be for, and for how long they have been employed. Not what they are called."""

    employed_from: date | None = None
