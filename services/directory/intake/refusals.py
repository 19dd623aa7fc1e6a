"""Why the directory says no about the intake (docs/problems.md)."""

from shared.errors import Conflict, NotFound


class NoSuchMassLeave(NotFound):
    title = "There is no such mass leave"


class MassLeaveIsReleased(Conflict):
    title = "The mass leave is released already"


class MassLeaveIsReleasing(Conflict):
    title = "The mass leave is releasing already"


class MassLeaveIsRefusing(Conflict):
    title = "The mass leave is refusing already"


class MassLeaveIsRefused(Conflict):
    title = "The mass leave is refused already"


class MassLeaveIsTakenBack(Conflict):
    title = "The mass leave is taken back already"
