"""What events keeps of people."""

from datetime import date

from shared.contracts.parts import Affiliation, Reachable
from shared.contracts.types import Language, OptionalText


class Colleague(Affiliation, Reachable):
    """Whom a meeting may be for, what they are called, and whether and how a calendar part reaches them."""

    display_name: str
    title: OptionalText = ""
    language: Language = "sv"

    def role_codes(self, day: date) -> set[str]:
        """Roles and assignments in force on `day`."""
        return {held.code for held in (*self.roles, *self.assignments) if held.on(day)}
