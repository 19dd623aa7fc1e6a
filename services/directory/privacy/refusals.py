"""Why the directory says no about privacy (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, WrongField


class NoSuchDeparture(NotFound):
    title = "There is no such departure"


class ArchiveIsNotReady(Conflict):
    title = "The archive is not ready yet"


class NothingToFetch(Conflict):
    title = "There is nothing to be fetched"


class NoSuchRequest(NotFound):
    title = "There is no such request"


class IsForPersonOrNetwork(Forbidden):
    title = "Only the person, their agency's coordinators or the network may do this"


class IsNotLeavingAgency(WrongField):
    title = "Is not the one that leaves"
