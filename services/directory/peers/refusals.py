"""Why the directory says no about who is alone (docs/problems.md)."""

from shared.errors import NotFound


class IsNotAlone(NotFound):
    title = "This person is not the only one in a role at their agency"
