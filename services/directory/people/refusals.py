"""Why the directory says no about people (docs/problems.md)."""

from shared.errors import WrongField


class ProtectionIsNotDeclared(WrongField):
    title = "Must be declared before anybody of the agency can be named"


class IsForAgencysSystem(WrongField):
    title = "Is your agency's to change, in its own system"


class IsNotColleague(WrongField):
    title = "Must be an active colleague at the same agency"


class UntilBeforeSince(WrongField):
    title = "Until must not be before since"
