"""What events keeps of people."""

from datetime import date

from shared.contracts.parts import Affiliation, Reachable
from shared.contracts.types import OptionalText


class Colleague(Affiliation, Reachable):
    """Whom a meeting may be for, what they are called, and whether a calendar part can reach them."""

    display_name: str
    title: OptionalText = ""

    def role_codes(self, day: date) -> set[str]:
        """Roles and assignments in force on `day`."""
        return {held.code for held in (*self.roles, *self.assignments) if held.on(day)}
